// The page `/videos/{id}`: the video, its details, and the story of how it was made.

import { announce } from "./announce.js";
import { get, videoPath } from "./api.js";
import { button, fill, icon, make, say } from "./dom.js";
import { embedCodeButton } from "./embed-code.js";
import { facts, renditions } from "./facts.js";
import { failure } from "./failure.js";
import { agreed } from "./question.js";
import { rename } from "./rename.js";
import { timeline } from "./timeline.js";
import { eraseAndTellLater, FOR_GOOD } from "./undo.js";
import { videoView } from "./video-view.js";
import { moving } from "./watch.js";

const STORY_PAUSE = 3000; // until an event that waits for the broker, or a chunk that is encoded, is looked at again

const root = document.getElementById("video");
const id = root.dataset.id;
const path = videoPath(id);
const undoSeconds = Number(root.dataset.undo);
const title = root.querySelector(".title");

const details = make("div");
const made = make("div");
const story = make("div");
const happenings = timeline(async () => (await get(`${path}/events`)).items, replayed);
const trouble = make("div", { role: "alert" });
const again = button("Make it again", makeAgain, { symbol: "retry" });
const cancel = button("Cancel", () => view.act("cancel", cancel), { symbol: "cancelled" });
const copy = button("Copy link", copyLink, { symbol: "link" });
const call = button("Rename", renameIt, { symbol: "edit" });
const erase = button("Delete", deleteIt, { kind: "danger-quiet", symbol: "trash" });
const json = make("a", { class: "button", href: path }, icon("code"), "JSON");
const download = make("a", { class: "button", download: true, hidden: true }, icon("download"), "Download");
let current = null;
let underWay = true;
let version = "";
let storyTimer = 0;
let storyTurn = 0; // of several answers the one to the newest question counts
let leaving = false;

const rest = make(
  "div",
  { hidden: true }, // until the story is known too: nothing that is shown is pushed around
  make("div", { class: "actions" }, copy, embedCodeButton(trouble), download, call, json, again, cancel, erase),
  trouble,
  make("div", { class: "columns" }, section("Details", details), section("Renditions", made)),
  section("What happened", story),
);
const view = videoView(id, { changed: show, gone, shown: takeOver });
root.append(rest);

function section(name, content) {
  return make("section", { class: "panel", hidden: true }, make("h2", {}, name), content);
}

function reveal(content, key, children) {
  fill(content, key, children);
  content.parentElement.hidden = !content.childElementCount;
}

/** From what the server had put there. */
function takeOver() {
  if (view.body.isConnected) return;
  root.querySelector(".video-body").replaceWith(view.body);
  root.querySelector(".title-row .status").replaceWith(view.status);
}

function show(video) {
  current = video;
  const name = video.title || video.filename;
  say(title, name);
  document.title = `${name} · Reelmill`;
  cancel.hidden = !moving(video);
  again.hidden = moving(video);
  reveal(details, JSON.stringify([video.metadata, video.ready_at, video.trace_id]), () => [facts(video)]);
  underWay = moving(video);
  download.hidden = !video.playback?.download;
  download.href = video.playback?.download || "";
  const steps = video.steps.map((step) => [step.state, step.attempts]);
  const touched = underWay ? "" : video.updated_at; // by a letter that was dropped, say
  const newest = JSON.stringify([video.status, video.playable, steps, touched]);
  if (version !== newest) {
    version = newest;
    tellStory();
  }
}

async function tellStory() {
  clearTimeout(storyTimer);
  const mine = ++storyTurn;
  try {
    const { items, chunks } = await get(`${path}/events?chunks=false`);
    const dead = items.some((item) => item.kind === "dead");
    const letters = dead ? (await get(`/v1/dead-letters?video=${encodeURIComponent(id)}`)).items : [];
    if (mine !== storyTurn) return;
    const toCome = underWay && chunks.done < chunks.requested;
    if (toCome || items.some((item) => !item.published)) storyTimer = setTimeout(tellStory, STORY_PAUSE);
    const transcoded = items.findLast((item) => item.type === "video.transcoded" && item.kind === "event");
    const list = transcoded?.data.renditions;
    reveal(made, JSON.stringify(list || []), () => [renditions(list)]);
    happenings.update(items, chunks, letters);
    reveal(story, "told", () => [happenings.element]);
  } catch {
    if (mine !== storyTurn) return;
    storyTimer = setTimeout(tellStory, STORY_PAUSE); // the status above tells of the connection
  }
  rest.hidden = false;
}

function replayed() {
  view.look();
  tellStory();
}

function renameIt() {
  if (!current || root.querySelector(".rename")) return;
  rename(current, title, { done: view.look, closed: () => call.focus() });
}

async function makeAgain() {
  const words = "Every step is done anew from the uploaded file. What there is now can be watched until then.";
  if (await agreed("Make this video again?", words, "Make it again", "Leave it")) view.act("restart", again);
}

async function copyLink() {
  const address = location.href;
  try {
    await navigator.clipboard.writeText(address);
    copy.lastChild.textContent = "Copied";
    announce("The link is copied.");
    setTimeout(() => (copy.lastChild.textContent = "Copy link"), 2000);
  } catch {
    const field = make("input", { value: address, readonly: true, "aria-label": "Link to this video" });
    trouble.replaceChildren(make("p", { class: "field" }, field));
    field.select();
  }
}

async function deleteIt() {
  if (!current || (!undoSeconds && !(await agreed("Delete this video?", FOR_GOOD, "Delete")))) return;
  erase.disabled = leaving = true;
  try {
    await eraseAndTellLater(current, undoSeconds);
    location.assign("/");
  } catch (problem) {
    leaving = false;
    const { code, message, hint, trace } = problem;
    trouble.replaceChildren(failure("It was not deleted", { code, message, hint, trace }));
    erase.disabled = false;
  }
}

function gone() {
  view.close();
  clearTimeout(storyTimer);
  if (!leaving) location.reload(); // the server has the words for a video that is no more
}
