// The steps of a video, each with its state and progress; the names come from the server, so new ones just show.

import { fill, make, say } from "./dom.js";
import { capitalised, percent } from "./format.js";
import { stateIcon, stateWords } from "./state.js";

const PURPOSES = {
  transcode: "Makes it stream on any device",
  thumbnail: "Picks a poster",
  metadata: "Reads its details",
  notify: "Tells whoever asked to know",
  storyboard: "Pictures for the time line",
  preview: "A short silent preview",
  download: "One file to keep",
};

export function stepList() {
  const element = make("ol", { class: "steps", "aria-label": "Steps" });
  const rows = new Map();

  function update(video) {
    for (const step of video.steps || []) {
      if (!rows.has(step.name)) {
        rows.set(step.name, stepRow(step.name));
        element.append(rows.get(step.name).element);
      }
      rows.get(step.name).update(step, video.status);
    }
  }

  return { element, update };
}

function stepRow(name) {
  const sign = make("span", { class: "step-sign" });
  const state = make("span", { class: "step-state" });
  const bar = make("progress", { max: 1, "aria-label": capitalised(name) });
  const note = make("p", { class: "step-note" });
  const words = make("p", { class: "step-words" }, make("strong", {}, capitalised(name)), " ", state);
  const element = make(
    "li",
    { class: "step", "data-step": name },
    sign,
    make("div", { class: "step-text" }, words, bar, note),
  );

  function update(step, status) {
    const idle = step.state === "waiting" && (status === "failed" || status === "cancelled");
    element.dataset.state = step.state;
    fill(sign, step.state, () => [stateIcon(step.state)]);
    bar.value = step.state === "done" ? 1 : step.progress || 0;
    say(state, idle ? "Not started" : stateOf(step));
    bar.hidden = step.state === "failed" || step.state === "cancelled";
    say(note, noteOn(step, name, status));
  }

  return { element, update };
}

function stateOf(step) {
  return step.state === "running" ? percent(step.progress) : stateWords(step.state);
}

function noteOn(step, name, status) {
  const attempt = step.attempts > 1 ? `Attempt ${step.attempts}` : "";
  const told = step.state === "failed" && status === "failed"; // the video's own error says it, and larger
  const trouble = (step.state === "retrying" || step.state === "failed") && !told ? step.error?.message : "";
  if (trouble) return [attempt, trouble].filter(Boolean).join(": ");
  return (step.state !== "done" && attempt) || PURPOSES[name] || "";
}
