// An upload while it is sent: how far it is, what holds it up, and what can be done about it.

import { announce } from "./announce.js";
import { button, fill, icon, make, say } from "./dom.js";
import { failure } from "./failure.js";
import { bytes, left, percent } from "./format.js";

const WORDS = {
  confirming: "Sent. Waiting for the server to confirm …",
  cancelled: "Cancelled. Nothing was kept.",
};

const HEADINGS = {
  file_unreadable: "The file is not where it was",
  upload_deleted: "This upload is no more",
};

/** `dismiss()` is called where nothing is left to do. */
export function sendingView(upload, dismiss) {
  const bar = make("progress", { max: 1, "aria-label": "Upload" });
  const done = make("span");
  const pace = make("span", { class: "muted" });
  const words = make("p", { class: "figures" }, done, pace);
  const note = make("p", { class: "muted small" });
  const trouble = make("div", { class: "trouble", role: "status" });
  const controls = controlsOf(upload, dismiss);
  let told = "";
  const element = make("div", { class: "sending" }, bar, words, note, trouble, controls.element);

  function update() {
    const { state, problem, sent, file } = upload;
    if (state === "confirming") bar.removeAttribute("value");
    else bar.value = upload.fraction;
    bar.hidden = words.hidden = state === "refused";
    bar.classList.toggle("still", state !== "sending" && state !== "confirming");
    const figures = `${percent(upload.fraction)} · ${bytes(sent)} of ${bytes(file.size)}`;
    say(done, WORDS[state] || figures);
    say(pace, state === "sending" && upload.speed ? `${bytes(upload.speed)}/s · ${left(upload.secondsLeft)}` : "");
    say(note, upload.underWay ? noteOf(upload) : "");
    fill(trouble, `${state} ${problem?.code || ""}`, () => [troubleOf(upload)]);
    controls.update();
    if (told !== (told = sentence(upload))) announce(`${upload.name}: ${told}`);
  }

  return { element, update };
}

function noteOf({ state, anew, title, file }) {
  if (state === "queued") return "Its turn comes after the others.";
  if (anew) return "The server no longer kept what had been sent, so it began anew.";
  return title ? file.name : "";
}

function troubleOf({ state, problem, onceOnly, file }) {
  if (state === "refused") return refusal(problem, onceOnly ? file : null);
  if (!problem) return null;
  if (state === "paused") return notice("alert", `${problem.message} (${problem.code})`);
  if (problem.status) return failure("The server cannot take it now. It is tried again by itself", errorOf(problem));
  return notice("offline", offline());
}

/** A recording is nowhere else: it can be saved. */
function refusal(problem, recording) {
  const heading = HEADINGS[problem.code] || "This file was not accepted";
  if (!recording) return failure(heading, errorOf(problem));
  const save = { class: "button primary", href: URL.createObjectURL(recording), download: recording.name };
  const hint = "The recording is nowhere else: save it, to keep it or to upload it later.";
  return failure(heading, { ...errorOf(problem), hint }, make("a", save, icon("download"), "Save the recording"));
}

const notice = (symbol, words) => make("p", { class: "connection" }, icon(symbol), words);

function offline() {
  const why = navigator.onLine ? "Reelmill cannot be reached." : "There is no network.";
  return `${why} It goes on from where it is as soon as that is back.`;
}

/** The same buttons in every state, so that whoever pauses by the keyboard can go on by it. */
function controlsOf(upload, dismiss) {
  const now = button("Try now", () => upload.start(), { symbol: "retry" });
  const hold = button("", () => (upload.state === "paused" ? upload.resume() : upload.pause()));
  const cancel = button("Cancel", () => upload.cancel());
  const over = button("Dismiss", dismiss);
  const element = make("div", { class: "actions" }, now, hold, cancel, over);

  function update() {
    const { state, underWay } = upload;
    const paused = state === "paused";
    const focused = element.contains(document.activeElement) && document.activeElement;
    now.hidden = state !== "waiting";
    hold.hidden = cancel.hidden = !underWay;
    over.hidden = underWay;
    hold.classList.toggle("primary", paused);
    fill(hold, paused ? "paused" : "moving", () => (paused ? [icon("play"), "Go on"] : [icon("pause"), "Pause"]));
    if (focused.hidden) (underWay ? hold : over).focus();
  }

  return { element, update };
}

function sentence({ state, fraction, problem }) {
  if (state === "sending") return `${Math.floor(fraction * 4) * 25} % sent`;
  if (state === "waiting") return problem.status ? problem.message : offline();
  if (state === "refused") return problem.message;
  return { queued: "queued", confirming: "sent", paused: "paused", cancelled: "cancelled" }[state] || "";
}

const errorOf = ({ code, message, hint, trace }) => ({ code, message, hint, trace });
