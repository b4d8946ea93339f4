// What the browser remembers of uploads that are not at their end, for a page that was reloaded or closed meanwhile.
// A file is known again by its size and some of its bytes: name and date are not the same from every chooser.

const PREFIX = "reelmill.upload.";
const TAB = "reelmill.tab";
const SAMPLE = 64 * 1024;
const BEAT = 15_000;
const SILENT = 90_000; // ms; in a tab that is not looked at, a timer comes once a minute
const SAVED_EVERY = 1000;

const UNREADABLE = "file_unreadable";

const mine = new Map();
const tab = thisTab();

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
  mine.set(mark, null); // also before the server knows of it: the same file is not sent twice at once
  const save = () => {
    const { file, url, video, title, sent } = upload;
    if (!url) return;
    saved = Date.now();
    mine.set(mark, { mark, url, video, title, sent, name: file.name, size: file.size });
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
export const unfinished = () => all().filter((record) => !mine.has(record.mark) && !isElsewhere(record));

/** Whether a tab, this one or another, is busy with that file. */
export const isUnderWay = (mark) =>
  mine.has(mark) || all().some((record) => record.mark === mark && isElsewhere(record));

const isElsewhere = ({ owner, seen }) => owner !== tab && Date.now() - seen < SILENT;

function all() {
  const storage = stored();
  const keys = Object.keys(storage || {}).filter((key) => key.startsWith(PREFIX));
  return keys.map((key) => JSON.parse(storage.getItem(key)));
}

function write(record, seen) {
  try {
    stored()?.setItem(PREFIX + record.mark, JSON.stringify({ ...record, owner: tab, seen }));
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

/** The same after a reload. */
function thisTab() {
  try {
    const name = sessionStorage.getItem(TAB) || String(Math.random());
    sessionStorage.setItem(TAB, name);
    return name;
  } catch {
    return String(Math.random());
  }
}

const tell = (seen) => mine.forEach((record) => record && write(record, seen));
setInterval(() => tell(Date.now()), BEAT);
addEventListener("pagehide", () => tell(0));
addEventListener("pageshow", () => tell(Date.now()));
