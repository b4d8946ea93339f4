// One video, followed live: its steps while it is made ready, then the player, or why it failed.

import { announce } from "./announce.js";
import { command, videoPath } from "./api.js";
import { button, fill, icon, make, say } from "./dom.js";
import { summary } from "./facts.js";
import { failure } from "./failure.js";
import { left, percent } from "./format.js";
import { pace } from "./pace.js";
import { player } from "./player.js";
import { best } from "./sources.js";
import { chip, stateOf } from "./state.js";
import { stepList } from "./steps.js";
import { waitingScreen } from "./waiting.js";
import { moving, watch } from "./watch.js";

const RECENT = 60_000; // ms; chunks end in jumps, and a minute has some of them
const WATCHED = 10_000; // ms and
const TELLING = 0.05; // of the whole: less of either says nothing of the rest

/**
 * Returns `{ body, status, act, look, close }`: two elements to place; `act` gives a command, as a button asked for it.
 * `changed(video)` is called for every new version, `gone()` when it was deleted, `shown()` once there is something.
 */
export function videoView(id, { changed = () => {}, gone = () => {}, shown = () => {} } = {}) {
  const path = videoPath(id);
  const status = make("span", { class: "status", tabindex: -1 });
  const connection = make("p", { class: "connection", role: "status" });
  const outcome = make("div", { class: "outcome" });
  const screen = make("div", { class: "place" });
  const waiting = waitingScreen();
  const already = make("p", { class: "already" });
  const line = make("p", { class: "muted summary" });
  const progress = make("div", { class: "overall" });
  const bar = make("progress", { max: 1, "aria-label": "The whole video" });
  const amount = make("span", { class: "muted" });
  const steps = stepList();
  const trouble = make("div", { role: "alert" });
  const body = make("div", { class: "video-body" }, connection, outcome, screen, already, line, progress, steps.element, trouble);
  const rate = pace(RECENT, WATCHED);
  let began = null;
  let open = null;
  let told = "";

  progress.append(bar, amount);

  const watcher = watch(path, { changed: show, lost, back, gone });

  function show(video) {
    const held = document.activeElement;
    fill(status, stateOf(video), () => [chip(stateOf(video))]);
    progress.hidden = video.status !== "processing";
    bar.value = video.progress || 0;
    say(amount, [percent(video.progress), remaining(video)].filter(Boolean).join(" · "));
    say(already, inTheMeantime(video));
    say(line, summary(video));
    steps.update(video);
    fill(outcome, JSON.stringify([video.status, video.error, video.playback?.hls]), () => [ending(video)]);
    play(video);
    if (told !== (told = sentence(video))) announce(`${video.title || video.filename}: ${told}`);
    shown();
    changed(video);
    if (held && !isThere(held)) status.focus({ preventScroll: true });
  }

  /** How long it still takes, once enough of it was seen to tell. */
  function remaining({ status, progress: share }) {
    if (status !== "processing") return "";
    began ??= share;
    rate.saw(share);
    const words = share - began < TELLING ? "" : left(rate.secondsFor(1 - share));
    return words && !words.startsWith("a few") ? `about ${words}` : words;
  }

  /** A player that is there stays, whatever else changes: somebody may be watching. */
  function play(video) {
    if (!video.playable || !best(video.playback)) {
      open?.close();
      open = null;
    } else if (open) {
      open.update(video);
    } else {
      open = player(video);
    }
    waiting.update(video);
    const toCome = moving(video) ? "waiting" : "nothing";
    fill(screen, open ? "player" : toCome, () => [open?.element ?? (moving(video) ? waiting.element : null)]);
  }

  function ending(video) {
    if (video.status === "failed") return failed(video);
    if (video.status === "cancelled") return make("p", { class: "quiet" }, icon("cancelled"), "It was cancelled.");
    if (video.status !== "ready" || best(video.playback)) return null;
    return make("p", { class: "quiet" }, "There is nothing to play.");
  }

  function failed(video) {
    const error = video.error || { code: "unknown", message: "It failed for a reason that was not recorded." };
    const again = button("Try again", () => act("retry", again), { kind: "primary", symbol: "retry" });
    return failure("This video could not be prepared", { ...error, trace: video.trace_id }, again);
  }

  async function act(verb, control) {
    const focused = document.activeElement === control;
    control.disabled = true;
    trouble.replaceChildren();
    try {
      await command(path, verb);
    } catch (problem) {
      const error = { code: problem.code, message: problem.message, hint: problem.hint, trace: problem.trace };
      trouble.replaceChildren(failure("That did not work", error));
    }
    control.disabled = false;
    if (focused) (isThere(control) ? control : status).focus({ preventScroll: true });
    watcher.look();
  }

  function lost(problem) {
    const words = problem.status ? problem.message : "The connection is lost.";
    fill(connection, words, () => [icon("offline"), `${words} Reelmill goes on without this page; looking again …`]);
    shown();
  }

  function back() {
    fill(connection, "", () => []);
    announce("The connection is back.");
  }

  return { body, status, act, look: watcher.look, close: () => (watcher.stop(), open?.close()) };
}

/** What can be done while it is not ready. */
function inTheMeantime({ status, playable, playback }) {
  if (!playable) return "";
  const others = playback?.original ? "More qualities, for slower lines too," : "Better qualities";
  if (status === "processing" && playback?.hls) return "You can watch it already. The rest is still being made.";
  if (status === "processing") return `You can watch it already. ${others} are still being made.`;
  if (status !== "failed") return "";
  return playback?.hls ? "What was made before can still be watched." : "It can still be watched as it was uploaded.";
}

function sentence(video) {
  if (video.status === "ready") return "ready to watch";
  if (video.status === "failed") return `failed. ${video.error?.message || ""}`;
  if (video.status === "cancelled") return "cancelled";
  if (video.playable) return "can be watched already";
  const step = (video.steps || []).find((one) => one.state === "running" || one.state === "retrying");
  return step ? `now ${step.name}${step.state === "retrying" ? ", to be tried again" : ""}` : "waiting for a worker";
}

/** Whether a control can still be pressed: what was done cannot be done again. */
const isThere = (control) => control.isConnected && !control.hidden;
