// What changes of the videos, heard as it happens: one stream for all tabs of a browser, which has few connections
// to give. The tab that holds the lock listens and tells the others; when it closes, the next one goes on.

import { stream } from "./stream.js";

const NAME = "reelmill-changes";
const SILENCE = 60_000; // without a word from the tab that listens, one that hears nothing asks by itself

const followers = new Set();
let live = false;
let cursor = null;
let channel = null;
let leading = null;
let leave = () => {};
let watchdog = 0;

/**
 * Calls `changed(video)` and `gone(id)` for the videos called `ids`, or for all where that is null. `live(on)` tells
 * whether that works from now on; whoever follows reads anew what it shows then, and while it does not, goes on asking.
 * Where the browser cannot share a stream (plain http from another machine) it never does.
 * Returns `{ live, stop }`.
 */
export function follow(ids, { changed, gone = () => {}, live: told = () => {} }) {
  const follower = { ids: ids && new Set(ids), changed, gone, told };
  followers.add(follower);
  if (followers.size === 1) join();
  return {
    get live() {
      return live;
    },
    stop() {
      if (followers.delete(follower) && !followers.size) leave();
    },
  };
}

function join() {
  if (!navigator.locks || !globalThis.BroadcastChannel || !globalThis.EventSource || strangers()) return;
  const waiting = new AbortController();
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => (data.kind === "who" ? answer() : hear(data));
  channel.postMessage({ kind: "who" });
  navigator.locks.request(NAME, { signal: waiting.signal }, lead).catch(() => {});
  leave = () => {
    leave = () => {};
    waiting.abort();
    leading?.();
    channel.close();
    clearTimeout(watchdog);
    channel = null;
    live = false;
  };
}

/** A page that whoever has its link may see: the stream of all videos would ask them for the key. */
function strangers() {
  return globalThis.top !== globalThis || location.pathname.startsWith("/embed/");
}

/** Holds the lock for as long as this page is there and anybody in it follows. */
function lead() {
  if (!channel) return null;
  return new Promise((release) => {
    const source = stream(cursor, {
      heard: (kind, data, at) => tell({ kind, data, cursor: at }),
      up: () => tell({ kind: "live", on: true, anew: true, cursor }),
      down: () => tell({ kind: "live", on: false, cursor }),
    });
    leading = () => {
      leading = null;
      source.close();
      release();
    };
  });
}

function tell(message) {
  channel?.postMessage(message);
  hear(message);
}

function answer() {
  if (leading) channel.postMessage({ kind: "live", on: live, cursor });
}

function hear({ kind, data, cursor: at, on, anew }) {
  cursor = at || cursor;
  clearTimeout(watchdog);
  if (!leading) watchdog = setTimeout(() => turn(false), SILENCE);
  if (kind === "live") turn(on, anew);
  else if (kind === "reset") turn(true, true);
  else turn(true); // whoever tells of changes is connected
  if (kind === "video") each(data.id, (follower) => follower.changed(data));
  if (kind === "gone") each(data.id, (follower) => follower.gone(data.id));
}

function turn(on, anew = false) {
  if (live === on && !anew) return;
  live = on;
  for (const follower of [...followers]) follower.told(on);
}

function each(id, act) {
  for (const follower of [...followers]) if (!follower.ids || follower.ids.has(id)) act(follower);
}

// A page that is kept for the way back must hold no lock, or the browser does not keep it.
addEventListener("pagehide", () => leave());
addEventListener("pageshow", ({ persisted }) => persisted && followers.size && join());
