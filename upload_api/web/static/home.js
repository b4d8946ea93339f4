// The page `/`: uploads on top, the list of videos below.

import { library } from "./library.js";
import { stateOf } from "./state.js";
import { unreadable } from "./transfer.js";
import { unfinished, isUnderWay, keepRecord, markOf } from "./unfinished.js";
import { unfinishedCard } from "./unfinished-card.js";
import { Upload } from "./upload.js";
import { uploadCard } from "./upload-card.js";
import { uploadForm } from "./upload-form.js";
import { uploadQueue } from "./upload-queue.js";

const place = document.getElementById("uploads");
const stopped = new Map();
const videos = library(document.getElementById("library"));
const queue = uploadQueue();
const form = uploadForm(document.getElementById("upload"), take);

/** In their order; one that stopped earlier goes on where its card is, the others come first on the page. */
async function take(files, { onceOnly = false } = {}) {
  let last = null;
  for (const file of files) {
    const mark = await markOf(file).catch(() => null);
    const busy = mark && (await isUnderWay(mark));
    if (busy) form.complain(`“${file.name}” is on its way already, here or in another tab.`);
    else if (stopped.has(mark)) goOn(file, stopped.get(mark));
    else {
      const card = begun(new Upload(file, { onceOnly }), mark);
      if (last) last.after(card);
      else place.prepend(card);
      last = card;
    }
  }
  last?.scrollIntoView({ block: "nearest" });
}

function begun(upload, mark) {
  const card = uploadCard(upload, { changed: videoChanged() });
  if (mark && !upload.onceOnly) keepRecord(upload, mark);
  upload.addEventListener("change", () => upload.state === "refused" && offerUnfinished());
  if (!mark) upload.refuse(unreadable());
  queue.add(upload);
  return card;
}

function goOn(file, record) {
  const focused = record.card.contains(document.activeElement);
  const card = begun(new Upload(file, record), record.mark);
  stopped.delete(record.mark);
  record.card.replaceWith(card);
  if (focused) card.querySelector("button:not([hidden])").focus({ preventScroll: true });
}

function videoChanged() {
  let state = "";
  return (video) => {
    if (state !== stateOf(video)) videos.refresh();
    state = stateOf(video);
  };
}

/** Also those of a tab that ended without a word, once it has been silent for long enough. */
async function offerUnfinished() {
  const records = new Map((await unfinished()).map((record) => [record.mark, record]));
  for (const [mark, { card, gone }] of stopped) if (!records.has(mark) && !gone) stopped.delete(mark) && card.remove();
  for (const [mark, record] of records) {
    if (stopped.has(mark)) continue;
    record.card = unfinishedCard(record, {
      goOn: (file) => goOn(file, record),
      another: (file) => take([file]),
      forgotten: () => stopped.delete(mark),
    });
    stopped.set(mark, record);
    place.prepend(record.card);
  }
}

offerUnfinished();
setInterval(offerUnfinished, 30_000);
addEventListener("storage", offerUnfinished);
