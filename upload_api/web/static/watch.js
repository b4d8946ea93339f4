// Following one video: by the stream of changes that the tabs share, and where there is none by asking with its ETag,
// at the pace the server asks for. Lives through outages.

import { ask } from "./api.js";
import { follow } from "./changes.js";

const HIDDEN_PAUSE = 10_000;
const LONGEST_PAUSE = 10_000;
const CARE = 30_000; // the stream tells of everything; should it ever not, nobody waits for it longer than this

/**
 * Calls `changed(body)` for every new version: of the stream as long as it is watched, and without it until an
 * answer has no Retry-After, for then nothing more changes by itself.
 * `lost(problem)` tells that it cannot be reached, `back()` that it can again, `gone()` that it is no more.
 * Returns `{ look, stop }`: `look` asks now, and starts again after it settled.
 */
export function watch(path, { changed, lost = () => {}, back = () => {}, gone = () => {} }) {
  let etag = null;
  let settled = false;
  let failures = 0;
  let timer = 0;
  let stopped = false;
  let looking = false;
  let overtaken = false; // by the stream: the answer that is under way may be older
  let twice = false;

  const id = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  const stream = follow([id], { changed: heard, gone: vanished, live: look });

  async function look() {
    if (stopped) return;
    twice = looking;
    if (looking) return;
    looking = true;
    overtaken = false;
    clearTimeout(timer);
    let pause = null;
    try {
      pause = await answered(await ask(path, { headers: etag ? { "If-None-Match": etag } : {} }));
    } catch (problem) {
      pause = failed(problem);
    }
    looking = false;
    if (twice) look();
    else if (pause !== null) wait(pause);
  }

  async function answered(response) {
    const body = response.status === 304 ? null : await response.json();
    if (stopped) return null;
    settled = !response.headers.has("Retry-After");
    reached();
    if (body && !overtaken) {
      etag = response.headers.get("ETag");
      changed(body);
    }
    if (settled && !overtaken) return null;
    if (stream.live) return CARE;
    const asked = Number(response.headers.get("Retry-After")) * 1000 || 1000;
    return document.hidden ? Math.max(asked, HIDDEN_PAUSE) : asked;
  }

  function heard(body) {
    if (stopped) return;
    overtaken = true;
    settled = false;
    etag = null;
    reached();
    changed(body);
    if (!looking) wait(CARE);
  }

  function failed(problem) {
    if (stopped) return null;
    if (problem.status === 404 || problem.status === 410) return vanished();
    failures += 1;
    lost(problem);
    return Math.min(LONGEST_PAUSE, 1000 * 2 ** (failures - 1));
  }

  function reached() {
    if (failures) back();
    failures = 0;
  }

  function vanished() {
    stop();
    gone();
    return null;
  }

  function wait(pause) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(look, pause);
  }

  const wake = () => {
    if (failures || (!document.hidden && !settled)) look();
  };
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  look();

  function stop() {
    stopped = true;
    stream.stop();
    clearTimeout(timer);
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
  }

  return { look, stop };
}

const MOVING = new Set(["uploading", "processing"]);

export const moving = (video) => MOVING.has(video.status);
