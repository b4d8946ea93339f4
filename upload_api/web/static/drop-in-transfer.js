// A file on its way from another page: paused, gone on with after a loss, also after the page was loaded again. How one
// attempt goes is transfer.js's.

import { forgetPlace, keepPlace, markOf, placeOf } from "./drop-in-memory.js";
import { pace } from "./pace.js";
import { isGone, passes, send, terminate } from "./transfer.js";

const PAUSES = [1, 3, 5, 10, 15]; // seconds before another attempt; the last one again and again

export class Transfer {
  #mark;
  #url;
  #tell;
  #pace = pace();
  #calls = null;
  #timer = 0;
  #failures = 0;
  #sent = 0;

  /** `tell` has `moved`, `waiting`, `sent` and `failed`; `link` has `url`, and perhaps `video_id`. */
  constructor(file, link, about, tell) {
    this.file = file;
    this.link = link;
    this.about = Object.fromEntries(Object.entries(about).filter(([, value]) => value));
    this.#tell = tell;
    this.#mark = markOf(file, link.url);
    this.#url = placeOf(this.#mark);
  }

  /** An attempt that is still under way ends: never are there two. */
  async start() {
    this.pause();
    const { signal } = (this.#calls = new AbortController());
    this.#pace.reset();
    addEventListener("offline", this.#lost);
    try {
      this.#arrived(await this.#send(signal));
    } catch (problem) {
      if (!signal.aborted) this.#broke(problem);
    }
  }

  pause() {
    clearTimeout(this.#timer);
    removeEventListener("online", this.#again);
    removeEventListener("offline", this.#lost);
    this.#calls?.abort();
  }

  /** Nothing is kept; where the server cannot be told now, the upload expires there. */
  cancel() {
    this.pause();
    forgetPlace(this.#mark);
    if (this.#url) terminate(this.#url).catch(() => {});
  }

  #again = () => this.start();

  /** A request that was cut off by the network says nothing for a while. */
  #lost = () => {
    this.pause();
    this.#wait();
  };

  #wait() {
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)] * 1000;
    this.#failures += 1;
    this.#timer = setTimeout(this.#again, pause);
    addEventListener("online", this.#again);
    this.#tell.waiting();
  }

  #send(signal) {
    return send(this.file, {
      endpoint: this.link.url,
      url: this.#url,
      metadata: this.about,
      created: (url) => keepPlace(this.#mark, (this.#url = url)),
      progressed: (count) => this.#moved(Math.min(count, this.file.size)),
      signal,
    });
  }

  #moved(sent) {
    if (sent > this.#sent) this.#failures = 0;
    this.#sent = sent;
    this.#pace.saw(sent);
    const total = this.file.size;
    this.#tell.moved({ sent, total, speed: this.#pace.speed(), secondsLeft: this.#pace.secondsFor(total - sent) });
  }

  #arrived(videoId) {
    this.pause();
    forgetPlace(this.#mark);
    this.#tell.sent(videoId ?? this.link.video_id ?? null);
  }

  /** What the server has forgotten begins anew; it does at nothing else. */
  #broke(problem) {
    this.pause();
    if (this.#url && isGone(problem)) {
      forgetPlace(this.#mark);
      this.#url = null;
      this.start();
    } else if (passes(problem)) this.#wait();
    else this.#tell.failed(problem);
  }
}
