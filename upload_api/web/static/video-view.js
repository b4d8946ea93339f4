// One video, followed live: its steps while it is made ready, then the player, or why it failed.

import { announce } from "./announce.js";
import { command, videoPath } from "./api.js";
import { button, fill, icon, make, say } from "./dom.js";
import { summary } from "./facts.js";
import { failure } from "./failure.js";
import { percent } from "./format.js";
import { player } from "./player.js";
import { chip } from "./state.js";
import { stepList } from "./steps.js";
import { watch } from "./watch.js";

/**
 * Returns `{ body, status, act, close }`: two elements to place; `act` gives a command, as a button asked for it.
 * `changed(video)` is called for every new version, `gone()` when it was deleted.
 */
export function videoView(id, { changed = () => {}, gone = () => {} } = {}) {
  const path = videoPath(id);
  const status = make("span", { class: "status" });
  const connection = make("p", { class: "connection", role: "status" });
  const screen = make("div", { class: "outcome" });
  const line = make("p", { class: "muted summary" });
  const progress = make("div", { class: "overall" });
  const bar = make("progress", { max: 1, "aria-label": "The whole video" });
  const amount = make("span", { class: "muted" });
  const steps = stepList();
  const trouble = make("div", { role: "alert" });
  const body = make("div", { class: "video-body" }, connection, screen, line, progress, steps.element, trouble);
  let open = null;

  progress.append(bar, amount);

  const watcher = watch(path, { changed: show, lost, back, gone });

  function show(video) {
    fill(status, video.status, () => [chip(video.status)]);
    progress.hidden = video.status !== "processing";
    bar.value = video.progress || 0;
    say(amount, percent(video.progress));
    say(line, summary(video));
    steps.update(video);
    fill(screen, outcomeKey(video), () => outcome(video));
    announce(sentence(video));
    changed(video);
  }

  function outcome(video) {
    open?.close();
    open = null;
    if (video.status === "failed") return [failed(video)];
    if (video.status === "cancelled") return [make("p", { class: "quiet" }, icon("cancelled"), "It was cancelled.")];
    if (video.status !== "ready") return [];
    if (!video.playback?.hls) return [make("p", { class: "quiet" }, "There is nothing to play.")];
    open = player(video);
    return [open.element];
  }

  function failed(video) {
    const error = video.error || { code: "unknown", message: "It failed for a reason that was not recorded." };
    const again = button("Try again", () => act("retry", again), { kind: "primary", symbol: "retry" });
    return failure("This video could not be prepared", error, again);
  }

  async function act(verb, control) {
    control.disabled = true;
    trouble.replaceChildren();
    try {
      await command(path, verb);
    } catch (problem) {
      const error = { code: problem.code, message: problem.message, hint: problem.hint, trace: problem.trace };
      trouble.replaceChildren(failure("That did not work", error));
    }
    control.disabled = false;
    watcher.look();
  }

  function lost(problem) {
    const words = problem.status ? problem.message : "The connection is lost.";
    fill(connection, words, () => [icon("offline"), `${words} Reelmill goes on without this page; looking again …`]);
  }

  function back() {
    fill(connection, "", () => []);
    announce("The connection is back.");
  }

  return { body, status, act, close: () => (watcher.stop(), open?.close()) };
}

/** Changes only when something else must be shown, so that a playing video is never torn down. */
function outcomeKey(video) {
  const error = video.status === "failed" ? JSON.stringify(video.error) : "";
  return `${video.status} ${video.status === "ready" ? video.playback?.hls : error}`;
}

function sentence(video) {
  if (video.status === "ready") return "The video is ready to watch.";
  if (video.status === "failed") return `The video failed: ${video.error?.message || ""}`;
  if (video.status === "cancelled") return "The video was cancelled.";
  const step = (video.steps || []).find((one) => one.state === "running" || one.state === "retrying");
  return step ? `Now: ${step.name}${step.state === "retrying" ? ", to be tried again" : ""}.` : "Waiting for a worker.";
}
