// <reelmill-upload>: one file from somebody's page into Reelmill, with what becomes of it. How it looks is the view's,
// how the bytes travel the transfer's; here is what follows what.

import { Problem } from "./api.js";
import { follow } from "./drop-in-following.js";
import { Transfer } from "./drop-in-transfer.js";
import { View } from "./drop-in-view.js";
import { bytes } from "./format.js";

const UNDER_WAY = new Set(["beginning", "sending", "paused", "waiting"]);
const AT_WORK = new Set(["sending", "waiting"]);
const FOLLOWED = new Set(["sent", "playable"]);

class ReelmillUpload extends HTMLElement {
  static observedAttributes = ["accept"];

  /** Set it to say where each file goes: `async (file) => ({ url, video_id })`. Else the attributes do. */
  linkFor = null;

  #view;
  #transfer = null;
  #file = null;
  #following = null;
  #video = null;
  #resting = false;
  #state = "empty";
  #leaving = (event) => UNDER_WAY.has(this.#state) && event.preventDefault();

  constructor() {
    super();
    this.#view = new View(this.attachShadow({ mode: "open" }), {
      chosen: (file) => this.upload(file),
      pause: () => this.pause(),
      resume: () => this.resume(),
      cancel: () => this.cancel(),
      again: () => this.upload(this.#file),
      another: () => this.#empty(),
    });
  }

  connectedCallback() {
    this.dataset.state = this.#state;
    addEventListener("beforeunload", this.#leaving);
    this.attributeChangedCallback();
    if (this.#resting) this.#goOn();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.#leaving);
    queueMicrotask(() => this.isConnected || this.#rest()); // one that is only moved is back by then
  }

  attributeChangedCallback() {
    this.#view.accept(this.getAttribute("accept") ?? "video/*");
  }

  /** `empty`, `beginning`, `sending`, `paused`, `waiting`, `sent`, `playable`, `uploaded` (and no more is
   *  to be learned), `ready`, `cancelled` or `failed`. */
  get state() {
    return this.#state;
  }

  async upload(file) {
    if (UNDER_WAY.has(this.#state)) return;
    this.#following?.abort();
    this.#file = file;
    this.#become("beginning");
    const link = await this.#place(file).catch((error) => this.#fail(error));
    if (!link || this.#state !== "beginning") return;
    const about = { filename: file.name, filetype: file.type, title: this.getAttribute("video-title") };
    this.#transfer = new Transfer(file, link, about, {
      moved: (figures) => this.#moved(figures),
      waiting: () => this.#become("waiting"),
      sent: (videoId) => this.#sent(videoId, link.url),
      failed: (problem) => this.#fail(problem),
    });
    this.#become("sending");
    this.#transfer.start();
  }

  pause() {
    if (!AT_WORK.has(this.#state)) return;
    this.#transfer.pause();
    this.#become("paused");
  }

  resume() {
    if (this.#state !== "paused" && this.#state !== "waiting") return;
    this.#become("sending");
    this.#transfer.start();
  }

  cancel() {
    if (!UNDER_WAY.has(this.#state)) return;
    this.#transfer?.cancel();
    this.#become("cancelled");
    this.#tell("cancelled", {});
  }

  #empty() {
    this.#following?.abort();
    this.#become("empty");
  }

  #rest() {
    this.#resting = true;
    this.#following?.abort();
    this.#transfer?.pause();
  }

  #goOn() {
    this.#resting = false;
    if (AT_WORK.has(this.#state)) this.#transfer.start();
    if (FOLLOWED.has(this.#state)) this.#follow();
  }

  /** Where this file goes: what the page says, what its backend answers, or one address for all. Raises Problem. */
  async #place(file) {
    const most = Number(this.getAttribute("max-size")) || Infinity;
    if (file.size === 0) throw said("upload_empty", "The file is empty.", "Choose another one.");
    if (file.size > most) {
      throw said("upload_too_large", `The file has ${bytes(file.size)}; at most ${bytes(most)} may be sent.`, "Choose a smaller one.");
    }
    if (this.linkFor) return this.linkFor(file);
    if (this.hasAttribute("link-from")) return asked(this.getAttribute("link-from"), file);
    const endpoint = this.getAttribute("endpoint");
    if (!endpoint) throw said("endpoint_missing", "This page does not say where to upload to.", "Set `endpoint` or `link-from`.");
    return { url: new URL(endpoint, document.baseURI).href };
  }

  #moved(figures) {
    if (this.#state === "waiting") this.#become("sending");
    if (this.#state !== "sending") return;
    this.#view.figures(figures);
    this.#tell("progress", figures);
  }

  #sent(videoId, url) {
    this.#video = { videoId, server: url.split("/v1/")[0] };
    this.#become("sent");
    this.#tell("uploaded", { videoId });
    this.#follow();
  }

  async #follow() {
    const { videoId, server } = this.#video;
    const { signal } = (this.#following = new AbortController());
    let playable = this.#state === "playable";
    for await (const video of follow(server, videoId, signal)) {
      if (video.status === "failed" || video.status === "cancelled") {
        this.#fail(new Problem(0, { ...video.error, detail: video.error?.message }), { videoId });
        return;
      }
      this.#become(video.status === "ready" ? "ready" : video.playable ? "playable" : "sent");
      this.#view.made(video.progress);
      if (video.playable && !playable) this.#tell("playable", { videoId });
      playable ||= video.playable;
      if (video.status === "ready") this.#tell("ready", { videoId });
    }
    if (!signal.aborted && FOLLOWED.has(this.#state)) this.#become("uploaded");
  }

  #fail(problem, more = {}) {
    if (this.#state === "cancelled") return;
    const known = problem instanceof Problem ? problem : said("link_refused", problem.message, "Try again.");
    this.#view.problem(known);
    this.#become("failed");
    this.#tell("problem", { code: known.code, message: known.message, hint: known.hint, ...more });
  }

  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.dataset.state = state;
    this.#view.become(state, this.#file);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** What the page's own backend answers for a file: `{ url, video_id }`, as POST /v1/upload-links does. */
async function asked(address, file) {
  const about = { filename: file.name, size: file.size, type: file.type };
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(about) }).catch(() => null);
  if (!response) throw Problem.offline();
  if (!response.ok) throw Problem.fromText(response.status, await response.text());
  return response.json();
}

function said(code, detail, hint) {
  return new Problem(0, { code, detail, hint });
}

if (!customElements.get("reelmill-upload")) customElements.define("reelmill-upload", ReelmillUpload);
