// A file's bytes on their way by tus: paused, gone on with after a loss, also after the page was loaded again.

import { Problem } from "./api.js";

const RETRIES = [0, 1000, 3000, 5000, 10_000];
const WINDOW = 5000; // milliseconds over which the speed is measured
const LOOK_AGAIN = 15_000; // milliseconds; browsers do not always tell that they are online again

export class Transfer {
  #upload = null;
  #tus = null;
  #tell;
  #samples = [];
  #timer = 0;
  #videoId = null;
  #wanted = false;

  /** `tell` has `moved`, `waiting`, `sent` and `failed`; `link` has `url`, and perhaps `video_id`. */
  constructor(file, link, about, tell) {
    this.file = file;
    this.link = link;
    this.about = Object.fromEntries(Object.entries(about).filter(([, value]) => value));
    this.#tell = tell;
    this.#videoId = link.video_id ?? null;
  }

  async start() {
    this.#rest();
    this.#wanted = true;
    this.#samples = [];
    addEventListener("offline", this.#lost);
    try {
      this.#upload ??= await this.#prepared();
    } catch (error) {
      this.#broke(error);
      return;
    }
    if (this.#wanted) this.#upload.start();
  }

  pause() {
    this.#rest();
    this.#upload?.abort();
  }

  /** Nothing is kept; where the server cannot be told now, the upload expires there. */
  cancel() {
    this.pause();
    this.#upload?.abort(true).catch(() => {});
  }

  #again = () => this.start();

  /** A request that was cut off by the network says nothing for minutes. */
  #lost = () => {
    this.pause();
    this.#wait();
  };

  #wait() {
    this.#tell.waiting();
    addEventListener("online", this.#again);
    this.#timer = setTimeout(this.#again, LOOK_AGAIN);
  }

  #rest() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#again);
    removeEventListener("offline", this.#lost);
  }

  async #prepared() {
    this.#tus ??= await tus();
    const upload = new this.#tus.Upload(this.file, {
      endpoint: this.link.url,
      metadata: this.about,
      retryDelays: RETRIES,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => fingerprint(this.file, this.link.url),
      onAfterResponse: (_request, response) => {
        this.#videoId = response.getHeader("Reelmill-Video") || this.#videoId;
      },
      onProgress: (sent, total) => this.#moved(sent, total),
      onSuccess: () => {
        this.#rest();
        this.#tell.sent(this.#videoId);
      },
      onError: (error) => this.#broke(error),
    });
    const [before] = await upload.findPreviousUploads();
    if (before) upload.resumeFromPreviousUpload(before);
    return upload;
  }

  #moved(sent, total) {
    const now = performance.now();
    this.#samples.push({ now, sent });
    while (this.#samples.length > 2 && now - this.#samples[0].now > WINDOW) this.#samples.shift();
    const first = this.#samples[0];
    const speed = now - first.now < 250 ? 0 : ((sent - first.sent) / (now - first.now)) * 1000;
    this.#tell.moved({ sent, total, speed, secondsLeft: speed > 0 ? (total - sent) / speed : Infinity });
  }

  async #broke(error) {
    const response = error.originalResponse;
    const problem = response ? Problem.fromText(response.getStatus(), response.getBody()) : await silence(this.file);
    if (!this.#wanted) return;
    this.#rest();
    if (problem.mayPass) this.#wait();
    else this.#tell.failed(problem);
  }
}

/** Browsers tell a file that they cannot read any more as they tell a network that is gone. */
async function silence(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return Problem.offline();
  } catch {
    const detail = "The file can no longer be read; it may have been moved or changed.";
    return new Problem(400, { code: "file_unreadable", detail, hint: "Choose it again." });
  }
}

/** The same file to the same server is the same upload, whatever link it began with. */
function fingerprint(file, url) {
  return ["reelmill", new URL(url).origin, file.name, file.type, file.size, file.lastModified].join("-");
}

let loading = null;

/** tus-js-client as it comes is a classic script with a global; the page's own, if it has one, stays. */
function tus() {
  loading ??= new Promise((resolve, reject) => {
    const its = window.tus;
    const script = document.createElement("script");
    script.src = new URL("../tus-js-client/tus.min.js", import.meta.url).href;
    script.onload = () => {
      resolve(window.tus);
      window.tus = its;
      script.remove();
    };
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error("tus-js-client cannot be loaded"));
    };
    document.head.append(script);
  });
  return loading;
}
