// The story of a video: each of its events, when it came, and whether the broker has it. Events of single chunks come
// by the hundreds: they are counted, and told one by one only to whoever asks.

import { deadLetter } from "./dead-letter.js";
import { make, say } from "./dom.js";
import { capitalised, span, timeOfDay } from "./format.js";
import { stateIcon } from "./state.js";

const TYPES = {
  "video.uploaded": "Uploaded",
  "video.planned": "Planned",
  "video.playable": "Playable",
  "video.head_requested": "Head requested",
  "video.sound_requested": "Sound requested",
  "video.chunk_requested": "Chunk requested",
  "video.chunk_grew": "Chunk grew",
  "video.chunk_transcoded": "Chunk done",
  "video.chunks_completed": "All chunks done",
  "video.transcoded": "Transcoded",
  "video.thumbnail_generated": "Thumbnail generated",
  "video.metadata_extracted": "Metadata extracted",
  "video.storyboard_made": "Storyboard made",
  "video.preview_made": "Preview made",
  "video.download_made": "Download made",
  "video.user_notified": "Notified",
  "video.stage_failed": "Stage failed",
};
const WAYS = { original: "Playable as it was uploaded", lead: "Playable in one quality" };
const OF_CHUNKS = new Set(["head_requested", "sound_requested", "chunk_requested", "chunk_grew", "chunk_transcoded"]);
const WHO = { head: "A chunk", tail: "A chunk", sound: "The sound" };
const SIGNS = { retry: "retrying", wait: "waiting", again: "waiting", replay: "retrying", dead: "failed", drop: "cancelled" };

const TOLD = ["error", "reason", "code", "attempt", "attempts", "delay"]; // the rest, such as the stack, is in the details

/**
 * Returns `{ element, update }`; `everything()` gets all items, those of chunks too, `replayed()` is called when a
 * dead letter was sent again.
 */
export function timeline(everything, replayed) {
  const list = make("ol", { class: "timeline" });
  const spans = make("p", { class: "muted small spans" });
  const element = make("div", {}, spans, list);
  const chunks = chunkRow(everything);
  const rows = new Map(); // by item: one that is as it was stays, for somebody may be at its details

  /** `letters` are those that can be replayed. */
  function update(items, counts, letters) {
    const open = [...element.querySelectorAll("details[open]")].map((one) => one.dataset.id);
    const held = [...rows.values()].find((one) => one.element.contains(document.activeElement));
    const dropped = items.filter((item) => item.kind === "drop");
    const elements = items.map((item, index) => rowOf(item, items[index - 1], letters, dropped));
    say(spans, spansOf(items));
    if (counts.requested) {
      chunks.update(counts);
      elements.splice(items.findLastIndex((item) => item.type === "video.planned") + 1, 0, chunks.element);
    }
    arrange(list, elements);
    for (const one of element.querySelectorAll("details")) one.open ||= open.includes(one.dataset.id);
    if (held && !held.element.isConnected) rows.get(held.id).element.querySelector(".own > summary").focus();
  }

  function rowOf(item, before, letters, dropped) {
    const { id } = item;
    const letter = item.kind === "dead" && letters.find((one) => one.stage === item.stage && one.event_id === item.event_id);
    const key = JSON.stringify([item, before?.time, letter?.event_id]);
    if (rows.get(id)?.key !== key) rows.set(id, { id, key, element: row(item, before, dead(item, letter, dropped)) });
    return rows.get(id).element;
  }

  function dead({ kind, stage, event_id }, letter, dropped) {
    if (kind !== "dead") return null;
    if (letter) return deadLetter(letter, replayed);
    const gone = dropped.some((one) => one.stage === stage && one.event_id === event_id);
    return make("p", { class: "muted small" }, gone ? "It was dropped." : "It was replayed.");
  }

  return { element, update };
}

/** Leaves those that stay where they are: one that is moved loses the focus. */
function arrange(list, elements) {
  for (const one of [...list.children]) if (!elements.includes(one)) one.remove();
  elements.forEach((one, index) => list.children[index] !== one && list.insertBefore(one, list.children[index] || null));
}

/** From the upload to what people wait for. */
function spansOf(items) {
  const first = (type) => items.find((item) => item.type === `video.${type}` && item.kind === "event");
  const from = first("uploaded");
  if (!from) return "";
  const told = [
    ["Playable", first("playable") || first("transcoded")],
    ["ready", first("metadata_extracted")],
    ["whoever asked was told", first("user_notified")],
  ].filter(([, item]) => item);
  const parts = told.map(([name, { time }]) => `${name} after ${span((new Date(time) - new Date(from.time)) / 1000)}`);
  return parts.length ? capitalised(parts.join(" · ")) : "";
}

/** The one row that stands for all chunks: it stays, so that what was opened is not fetched again and again. */
function chunkRow(everything) {
  const words = make("strong");
  const sign = make("span", { class: "sign" });
  const list = make("ol", { class: "timeline" });
  const each = make("details", { class: "small muted", ontoggle }, make("summary", {}, "Every chunk"), list);
  const text = make("div", { class: "happening-text" }, make("p", { class: "happening-words" }, words), each);
  const element = make("li", { class: "happening", "data-kind": "chunks" }, sign, text);

  async function ontoggle() {
    if (!each.open) return;
    try {
      const all = (await everything()).filter(isOfAChunk);
      list.replaceChildren(...all.map((item, index) => row(item, all[index - 1])));
    } catch {
      list.replaceChildren(make("li", {}, "They could not be loaded. Close this and open it again."));
    }
  }

  function update({ requested, done }) {
    sign.replaceChildren(stateIcon(done < requested ? "waiting" : "done"));
    say(words, `${requested} ${requested === 1 ? "chunk" : "chunks"} requested, ${done} done`);
  }

  return { element, update };
}

const isOfAChunk = ({ kind, type }) => OF_CHUNKS.has(type.replace("video.", "")) && ["event", "again"].includes(kind);

function row(item, before, letter = null) {
  const sign = item.type === "video.stage_failed" ? "failed" : SIGNS[item.kind] || "done";
  const gap = before ? `+${span((new Date(item.time) - new Date(before.time)) / 1000)}` : "";
  return make(
    "li",
    { class: "happening", "data-kind": item.kind },
    stateIcon(sign),
    make(
      "div",
      { class: "happening-text" },
      make("p", { class: "happening-words" }, make("strong", {}, words(item)), when(item, gap)),
      note(item),
      letter,
      details(item),
    ),
  );
}

function words(item) {
  const name = WAYS[item.data.by] || TYPES[item.type] || item.type;
  const stage = WHO[item.stage] || capitalised(item.stage || "");
  if (item.kind === "retry") return `${stage} will be tried again`;
  if (item.kind === "wait") return `${stage} waits`;
  if (item.kind === "replay") return `${stage} was sent again`;
  if (item.kind === "dead") return `${stage} gave up: dead letter`;
  if (item.kind === "drop") return `${stage} will not be tried again: its dead letter was dropped`;
  if (item.kind === "again" && !isOfAChunk(item)) return `${stage} was asked again`;
  if (isOfAChunk(item)) return `${name}: ${item.data.number + 1}`;
  if (item.type === "video.uploaded" && item.run > 1) return "Started again from the upload";
  return item.type === "video.stage_failed" && stage ? `${stage} failed` : name;
}

function when(item, gap) {
  const time = make("time", { datetime: item.time, title: item.time }, timeOfDay(item.time));
  return make("span", { class: "muted small" }, time, gap ? ` ${gap}` : "");
}

function note(item) {
  const known = item.note || {};
  const parts = TOLD.filter((name) => known[name]).map((name) => `${capitalised(name)}: ${known[name]}`);
  return parts.length ? make("p", { class: "muted small" }, parts.join(" · ")) : null;
}

function details(item) {
  const published = item.published ? `published ${timeOfDay(item.published_at || item.time)}` : "not published yet";
  const summary = `${item.type}.v${item.version} · run ${item.run} · ${published}`;
  const json = JSON.stringify({ id: item.event_id, data: item.data, note: item.note }, null, 2);
  return make(
    "details",
    { class: "small muted own", "data-id": item.id },
    make("summary", {}, summary),
    make("pre", { tabindex: 0 }, json),
  );
}
