// What the browser remembers of uploads that are not at their end, for a page that was reloaded or closed meanwhile.
// A file is known again by its size and some of its bytes: name and date are not the same from every chooser.

const PREFIX = "reelmill.upload.";
const SAMPLE = 64 * 1024;
const BEAT = 15_000;
const SILENT = 90_000; // ms; in a tab that is not looked at, a timer comes once a minute
const SAVED_EVERY = 1000;
const DAY = 86_400_000; // ms; for a server that does not say how long it keeps what was sent

const UNREADABLE = "file_unreadable";

const mine = new Map();
const load = String(Math.random()); // not of the tab: one that is duplicated gets all that it keeps

/** What tells this file from others. Raises where it cannot be read. */
export async function markOf(file) {
  const middle = Math.max(0, Math.floor((file.size - SAMPLE) / 2));
  let hash = 0x811c9dc5; // FNV-1a: also where the page is not secure, and the browser hashes nothing
  for (const start of [0, middle, Math.max(0, file.size - SAMPLE)]) {
    const sample = new Uint8Array(await file.slice(start, start + SAMPLE).arrayBuffer());
    for (const byte of sample) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return `${file.size}-${(hash >>> 0).toString(16)}`;
}

/** Remembers the upload until it ends. */
export function keepRecord(upload, mark) {
  let saved = 0;
  lock(mark, upload.over);
  mine.set(mark, null); // also before the server knows of it: the same file is not sent twice at once
  const save = () => {
    const { file, url, video, title, sent, kept } = upload;
    if (!url) return;
    saved = Date.now();
    const until = saved + (kept || DAY);
    mine.set(mark, { mark, url, video, title, sent, until, name: file.name, size: file.size });
    write(mine.get(mark), saved);
  };
  upload.addEventListener("created", save);
  upload.addEventListener("change", () => {
    if (upload.state === "refused" && upload.problem.code === UNREADABLE) letGo(mark);
    else if (!upload.underWay) forget(mark);
    else if (Date.now() - saved > SAVED_EVERY || upload.state !== "sending") save();
  });
}

/** Whoever finds the file again can go on with it. */
function letGo(mark) {
  const record = mine.get(mark);
  mine.delete(mark);
  if (record) write(record, 0);
}

export function forget(mark) {
  mine.delete(mark);
  stored()?.removeItem(PREFIX + mark);
}

/** Records of uploads that no tab is busy with. */
export async function unfinished() {
  const held = await locked();
  return all().filter((record) => !mine.has(record.mark) && !isElsewhere(record, held));
}

/** Whether a tab, this one or another, is busy with that file. */
export async function isUnderWay(mark) {
  const held = await locked();
  return mine.has(mark) || all().some((record) => record.mark === mark && isElsewhere(record, held));
}

/** A lock ends with its page, however that ended; without locks a page has to be silent for long enough. */
function isElsewhere({ mark, owner, seen }, held) {
  if (owner === load || !seen) return false;
  return held ? held.has(PREFIX + mark) : Date.now() - seen < SILENT;
}

/** Holds the lock of that file until `over`. */
function lock(mark, over) {
  const end = new Promise((resolve) => over.addEventListener("abort", resolve));
  navigator.locks?.request(PREFIX + mark, { signal: over }, () => end).catch(() => {});
}

/** Names of all locks that are held; null where there are none, as on a page that is not secure. */
async function locked() {
  const { held } = (await navigator.locks?.query().catch(() => null)) || {};
  return held ? new Set(held.map(({ name }) => name)) : null;
}

/** Those that the server still has; the others are dropped. */
function all() {
  const storage = stored();
  const keys = Object.keys(storage || {}).filter((key) => key.startsWith(PREFIX));
  const records = keys.map((key) => JSON.parse(storage.getItem(key)));
  for (const { mark, until } of records) if (!(until > Date.now())) storage.removeItem(PREFIX + mark);
  return records.filter(({ until }) => until > Date.now());
}

function write(record, seen) {
  try {
    stored()?.setItem(PREFIX + record.mark, JSON.stringify({ ...record, owner: load, seen }));
  } catch {
    // No room for it: this upload will not be known again, and goes on all the same.
  }
}

/** Null where the browser keeps nothing for this page. */
function stored() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const tell = (seen) => mine.forEach((record) => record && write(record, seen));
setInterval(() => tell(Date.now()), BEAT);
addEventListener("pagehide", () => tell(0));
addEventListener("pageshow", () => tell(Date.now()));
