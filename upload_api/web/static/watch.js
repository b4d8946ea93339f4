// Following something that changes: polls with ETag at the pace the server asks for, and lives through outages.

import { ask } from "./api.js";

const HIDDEN_PAUSE = 10_000;
const LONGEST_PAUSE = 10_000;

/**
 * Calls `changed(body)` for every new version until an answer has no Retry-After: nothing more changes by itself.
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

  async function look() {
    if (looking) return;
    looking = true;
    clearTimeout(timer);
    let pause = null;
    try {
      pause = answered(await ask(path, { headers: etag ? { "If-None-Match": etag } : {} }));
      if (pause instanceof Promise) pause = await pause;
    } catch (problem) {
      pause = failed(problem);
    }
    looking = false;
    if (pause !== null && !stopped) timer = setTimeout(look, pause);
  }

  async function answered(response) {
    const body = response.status === 304 ? null : await response.json();
    if (body) etag = response.headers.get("ETag");
    settled = !response.headers.has("Retry-After");
    if (stopped) return null;
    if (failures) back();
    failures = 0;
    if (body) changed(body);
    if (settled) return null;
    const asked = Number(response.headers.get("Retry-After")) * 1000 || 1000;
    return document.hidden ? Math.max(asked, HIDDEN_PAUSE) : asked;
  }

  function failed(problem) {
    if (stopped) return null;
    if (problem.status === 404 || problem.status === 410) {
      gone();
      return null;
    }
    failures += 1;
    lost(problem);
    return Math.min(LONGEST_PAUSE, 1000 * 2 ** (failures - 1));
  }

  const wake = () => {
    if (!stopped && (failures || (!document.hidden && etag && !settled))) look();
  };
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  look();

  return {
    look,
    stop() {
      stopped = true;
      clearTimeout(timer);
      removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
    },
  };
}

const MOVING = new Set(["uploading", "processing"]);

export const moving = (video) => MOVING.has(video.status);
