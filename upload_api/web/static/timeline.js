// The story of a video: each of its events, when it came, and whether the broker has it.

import { make } from "./dom.js";
import { capitalised, span, timeOfDay } from "./format.js";
import { stateIcon } from "./state.js";

const TYPES = {
  "video.uploaded": "Uploaded",
  "video.transcoded": "Transcoded",
  "video.thumbnail_generated": "Thumbnail generated",
  "video.metadata_extracted": "Metadata extracted",
  "video.user_notified": "Notified",
  "video.stage_failed": "Stage failed",
};
const SIGNS = { event: "done", retry: "retrying", wait: "waiting", replay: "retrying", dead: "failed" };

const TOLD = ["error", "reason", "code", "attempt", "attempts", "delay"]; // the rest, such as the stack, is in the details

export function timeline(items) {
  const rows = items.map((item, index) => row(item, items[index - 1]));
  return make("ol", { class: "timeline" }, rows);
}

function row(item, before) {
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
      details(item),
    ),
  );
}

function words(item) {
  const name = TYPES[item.type] || item.type;
  const stage = capitalised(item.stage || "");
  if (item.kind === "retry") return `${stage} will be tried again`;
  if (item.kind === "wait") return `${stage} waits`;
  if (item.kind === "replay") return `${stage} was sent again`;
  if (item.kind === "dead") return `${stage} gave up: dead letter`;
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
    { class: "small muted", "data-id": item.id },
    make("summary", {}, summary),
    make("pre", { tabindex: 0 }, json),
  );
}
