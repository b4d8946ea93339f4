// One file on its way to the API: sent, broken off, sent again under the same key, refused, or accepted.

import { Problem } from "./api.js";

const WINDOW = 5000; // milliseconds over which the speed is measured
const BUSY_PAUSE = 5000;
const BUSY_TRIES = 24; // the server gives a broken upload up after about a minute

/** Emits "change" whenever `state` or the figures are new. */
export class Upload extends EventTarget {
  /** `sending`, `confirming`, `waiting`, `broken`, `refused`, `cancelled` or `accepted`. */
  state = "sending";
  sent = 0;
  problem = null;
  video = null;
  #key = newKey();
  #samples = [];
  #request = null;
  #timer = 0;
  #busyTries = 0;

  constructor(file, title) {
    super();
    this.file = file;
    this.title = title;
    addEventListener("online", () => this.state === "broken" && this.start());
  }

  get fraction() {
    return this.file.size ? this.sent / this.file.size : 0;
  }

  /** Bytes per second, or 0 while it is too early to say. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || last.at - first.at < 250) return 0;
    return ((last.sent - first.sent) / (last.at - first.at)) * 1000;
  }

  get secondsLeft() {
    return this.speed ? (this.file.size - this.sent) / this.speed : Infinity;
  }

  get underWay() {
    return ["sending", "confirming", "waiting", "broken"].includes(this.state);
  }

  start() {
    clearTimeout(this.#timer);
    this.#samples = [];
    this.sent = 0;
    const request = new XMLHttpRequest();
    this.#request = request;
    const query = new URLSearchParams({ filename: this.file.name });
    if (this.title) query.set("title", this.title);
    request.open("POST", `/v1/videos?${query}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", this.file.type || "application/octet-stream");
    request.setRequestHeader("Idempotency-Key", this.#key);
    request.upload.onprogress = (event) => this.#progressed(event.loaded);
    request.upload.onload = () => this.#become("confirming");
    request.onload = () => this.#answered(request);
    request.onerror = () => this.#brokeOff();
    this.#become("sending");
    request.send(this.file);
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#become("cancelled");
  }

  #progressed(loaded) {
    const now = performance.now();
    this.sent = Math.min(loaded, this.file.size);
    this.#samples.push({ at: now, sent: this.sent });
    while (this.#samples.length > 2 && now - this.#samples[0].at > WINDOW) this.#samples.shift();
    this.dispatchEvent(new Event("change"));
  }

  #answered(request) {
    if (request.status >= 200 && request.status < 300) {
      this.sent = this.file.size;
      this.video = JSON.parse(request.responseText);
      this.#become("accepted");
      return;
    }
    const problem = Problem.fromText(request.status, request.responseText);
    if (problem.code === "upload_in_progress" && this.#busyTries < BUSY_TRIES) {
      this.#busyTries += 1;
      this.#timer = setTimeout(() => this.start(), BUSY_PAUSE);
      this.#become("waiting", problem);
    } else {
      this.#become(problem.mayPass ? "broken" : "refused", problem);
    }
  }

  async #brokeOff() {
    try {
      await this.file.slice(0, 1).arrayBuffer();
    } catch {
      const detail = "The file can no longer be read; it may have been moved or changed.";
      this.#become("refused", new Problem(0, { detail, code: "file_unreadable", hint: "Choose it again." }));
      return;
    }
    const detail = "The connection broke before the upload was complete.";
    const hint = "It goes on when the network is back, or when you send it again.";
    this.#become("broken", new Problem(0, { detail, hint }));
  }

  #become(state, problem = null) {
    if (this.state === "cancelled") return;
    this.state = state;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}

/** Random, and available on plain http too, where crypto.randomUUID is not. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
