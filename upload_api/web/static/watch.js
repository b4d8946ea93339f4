// Following something that changes: polls with ETag at the pace the server asks for, and lives through outages.

import { ask } from "./api.js";

const HIDDEN_PAUSE = 10_000;
const LONGEST_PAUSE = 10_000;

/**
 * Calls `changed(body)` for every new version until `settled(body)`.
 * `lost(problem)` tells that it cannot be reached, `back()` that it can again, `gone()` that it is no more.
 * Returns `{ look, stop }`: `look` asks now, and starts again after it settled.
 */
export function watch(path, { changed, settled, lost = () => {}, back = () => {}, gone = () => {} }) {
  let etag = null;
  let body = null;
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
    if (response.status !== 304) {
      body = await response.json();
      etag = response.headers.get("ETag");
    }
    if (stopped) return null;
    if (failures) back();
    failures = 0;
    if (response.status !== 304) changed(body);
    if (settled(body)) return null;
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
    if (!stopped && (failures || (!document.hidden && body && !settled(body)))) look();
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

/** Whether nothing about the video will change by itself, its notice included. */
export function videoSettled(video) {
  if (MOVING.has(video.status)) return false;
  return !(video.steps || []).some((step) => {
    const open = step.state === "running" || step.state === "retrying";
    return open || (step.state === "waiting" && video.status === "ready");
  });
}

export const moving = (video) => MOVING.has(video.status);
