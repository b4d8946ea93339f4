// One file on its way to the API: queued, sent, held up by the network and sent on, paused, refused, or accepted.

import { Problem, renameVideo } from "./api.js";
import { bytes } from "./format.js";
import { pace } from "./pace.js";
import { isGone, largest, passes, send, terminate } from "./transfer.js";

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds before another attempt; the last one again and again
const UNDER_WAY = new Set(["queued", "sending", "confirming", "waiting", "paused"]);
const AT_WORK = new Set(["sending", "confirming", "waiting"]);
const TAKEN_OVER = "upload_taken_over";

/** Emits "change" whenever `state` or the figures are new, and "created" once the server knows of it. */
export class Upload extends EventTarget {
  /** Those above, `refused`, `cancelled` or `accepted`. */
  state = "queued";
  sent = 0;
  problem = null;
  /** The video's id, as soon as it is known. */
  video = null;
  url = null;
  /** How many ms the server keeps what was sent, from the last byte on; 0 where it does not say. */
  kept = 0;
  /** Whether the server forgot what had been sent, so that it began anew. */
  anew = false;
  titleProblem = null;
  #knownTitle = "";
  #pace = pace();
  #calls = null;
  #over = new AbortController();
  #timer = 0;
  #failures = 0;
  /** Whether the server was seen to have it since the page was opened. */
  #alive = false;

  /** `from` is what is known of an earlier start: `{ url, video, sent, title }`; `onceOnly` where nobody could choose
   * the file again. */
  constructor(file, { onceOnly = false, ...from } = {}) {
    super();
    this.file = file;
    this.onceOnly = onceOnly;
    this.title = this.#knownTitle = from.title || "";
    this.url = from.url || null;
    this.video = from.video || null;
    this.sent = from.sent || 0;
    const { signal } = this.#over;
    addEventListener("online", () => this.state === "waiting" && this.start(), { signal });
    addEventListener("offline", () => AT_WORK.has(this.state) && this.#failed(Problem.offline()), { signal });
  }

  /** A signal: the upload is at its end. */
  get over() {
    return this.#over.signal;
  }

  get name() {
    return this.title || this.file.name;
  }

  /** Whether the server calls it what was written here last. */
  get titleKept() {
    return this.title === this.#knownTitle;
  }

  get fraction() {
    return this.file.size ? this.sent / this.file.size : 0;
  }

  get speed() {
    return this.#pace.speed();
  }

  get secondsLeft() {
    return this.#pace.secondsFor(this.file.size - this.sent);
  }

  get underWay() {
    return UNDER_WAY.has(this.state);
  }

  /** It takes a place in the queue: also while it waits for the network, which it shares with all others. */
  get atWork() {
    return AT_WORK.has(this.state);
  }

  async start() {
    this.#halt();
    this.#pace.reset();
    const calls = (this.#calls = new AbortController());
    this.#become("sending");
    try {
      if (!this.url) this.#measure(await largest());
      calls.signal.throwIfAborted();
      this.video = (await this.#send(calls.signal)) || this.video;
      this.sent = this.file.size;
      this.#become("accepted");
    } catch (problem) {
      if (!calls.signal.aborted) this.#failed(problem);
    }
  }

  pause() {
    this.#halt();
    this.#become("paused");
  }

  /** Back into the queue. */
  resume() {
    this.#become("queued");
  }

  /** Also on the server; what could not be told to it now, it removes by itself when it has expired. */
  cancel() {
    this.#halt();
    this.#become("cancelled");
    if (this.url) terminate(this.url).catch(() => {});
  }

  refuse(problem) {
    this.#become("refused", problem);
  }

  /** Raises nothing: what went wrong is `titleProblem`. */
  async rename(title) {
    this.title = title;
    this.titleProblem = null;
    this.dispatchEvent(new Event("change"));
    if (!this.video || title === this.#knownTitle) return;
    try {
      await renameVideo(this.video, title || null);
      this.#knownTitle = title;
    } catch (problem) {
      this.titleProblem = problem;
    }
    this.dispatchEvent(new Event("change"));
  }

  #send(signal) {
    const { file, url, title } = this;
    const metadata = { filename: file.name, filetype: file.type || "application/octet-stream" };
    if (title) metadata.title = title;
    return send(file, {
      url,
      metadata,
      signal,
      created: (address, video, kept) => this.#created(address, video, kept, url ? this.#knownTitle : title),
      progressed: (count) => this.#progressed(count),
    });
  }

  #created(url, video, kept, title) {
    [this.url, this.video, this.kept, this.#knownTitle] = [url, video || this.video, kept, title];
    this.dispatchEvent(new Event("created"));
    if (this.title !== title) this.rename(this.title);
  }

  #progressed(count) {
    if (count > this.sent) this.#failures = 0;
    this.#alive = true;
    this.sent = Math.min(count, this.file.size);
    this.#pace.saw(this.sent);
    this.#become(this.sent < this.file.size ? "sending" : "confirming");
  }

  #measure(most) {
    if (this.file.size <= most) return;
    const detail = `It has ${bytes(this.file.size)}; this server takes files of up to ${bytes(most)}.`;
    throw new Problem(413, { detail, code: "upload_too_large", hint: "Choose a smaller one." });
  }

  #failed(problem) {
    this.#halt();
    if (this.url && isGone(problem)) return this.#vanished();
    if (problem.code === TAKEN_OVER) return this.#become("paused", problem); // to go on would stop the other one
    if (!passes(problem)) return this.#become("refused", problem);
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)] * 1000;
    this.#failures += 1;
    this.#timer = setTimeout(() => this.start(), pause);
    this.#become("waiting", problem);
  }

  /** Before this page was opened: then it begins anew. Else somebody deleted it, and wants no other. */
  #vanished() {
    if (this.#alive) {
      const detail = "The server no longer has it: it was deleted, or left for too long. Nothing of it was kept.";
      const hint = "Choose the file again to send it anew.";
      return this.#become("refused", new Problem(410, { detail, code: "upload_deleted", hint }));
    }
    [this.url, this.video, this.sent, this.anew] = [null, null, 0, true];
    return this.start();
  }

  #halt() {
    clearTimeout(this.#timer);
    this.#calls?.abort();
  }

  #become(state, problem = null) {
    if (["cancelled", "accepted"].includes(this.state)) return;
    this.state = state;
    this.problem = problem;
    if (!this.underWay) this.#over.abort();
    this.dispatchEvent(new Event("change"));
  }
}
