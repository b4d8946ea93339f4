// One upload as a card: the bytes on their way, then the video that came of them.

import { announce } from "./announce.js";
import { button, fill, icon, make, say } from "./dom.js";
import { failure } from "./failure.js";
import { bytes, left, percent } from "./format.js";
import { chip } from "./state.js";
import { videoView } from "./video-view.js";
import { moving } from "./watch.js";

const WORDS = {
  confirming: "Sent. Waiting for the server to confirm …",
  waiting: "The server still holds the broken attempt; sending again in a moment …",
  cancelled: "Cancelled. Nothing was kept.",
};

/** `accepted(video)` is called once the API has it, `changed(video)` for every version after that. */
export function uploadCard(upload, { accepted = () => {}, changed = () => {} } = {}) {
  const heading = make("h2", { class: "card-title" }, upload.title || upload.file.name);
  const status = make("span", { class: "status" }, chip("uploading"));
  const body = make("div", { class: "card-body" });
  const element = make(
    "article",
    { class: "panel card", "aria-label": upload.title || upload.file.name },
    make("div", { class: "card-head" }, heading, status),
    body,
  );
  const sending = sendingView(upload, () => element.remove());
  body.append(sending.element);
  let done = false;

  upload.addEventListener("change", () => {
    if (done) return;
    sending.update();
    if (upload.state === "cancelled") status.replaceChildren(chip("cancelled"));
    if (upload.state === "refused") status.replaceChildren(chip("failed"));
    if (upload.state === "accepted") {
      done = true;
      announce("The upload is complete.");
      accepted(upload.video);
      become(upload.video);
    }
  });

  function become(video) {
    const cancel = button("Cancel", () => view.act("cancel", cancel));
    const page = make("a", { class: "button", href: video.links?.page || `/videos/${video.id}` }, "Open its page");
    const view = videoView(video.id, {
      changed(version) {
        cancel.hidden = !moving(version);
        changed(version);
      },
      gone() {
        view.close();
        element.remove();
      },
    });
    status.replaceChildren(view.status);
    body.replaceChildren(view.body, make("div", { class: "actions" }, page, cancel));
  }

  return element;
}

function sendingView(upload, dismiss) {
  const bar = make("progress", { max: 1, "aria-label": "Upload" });
  const done = make("span");
  const pace = make("span", { class: "muted" });
  const words = make("p", { class: "figures" }, done, pace);
  const trouble = make("div", { role: "alert" });
  const cancel = button("Cancel", () => upload.cancel());
  const actions = make("div", { class: "actions" }, cancel);
  const element = make("div", { class: "sending" }, bar, words, trouble, actions);

  function update() {
    const still = upload.state === "sending";
    const open = upload.underWay;
    if (upload.state === "confirming") bar.removeAttribute("value");
    else bar.value = upload.fraction;
    bar.hidden = !open;
    say(done, WORDS[upload.state] || `${percent(upload.fraction)} · ${bytes(upload.sent)} of ${bytes(upload.file.size)}`);
    const speed = still && upload.speed ? `${bytes(upload.speed)}/s · ${left(upload.secondsLeft)}` : "";
    say(pace, speed);
    words.hidden = upload.state === "refused";
    fill(trouble, `${upload.state} ${upload.problem?.code || ""}`, () => [problemOf(upload)]);
    fill(actions, open ? "open" : "closed", () => [open ? cancel : button("Dismiss", dismiss)]);
    if (still) announce(`Uploading, ${Math.floor(upload.fraction * 4) * 25} %`);
  }

  return { element, update };
}

function problemOf(upload) {
  const { problem, state } = upload;
  if (!problem || state === "waiting") return null;
  const error = { code: problem.code, message: problem.message, hint: problem.hint, trace: problem.trace };
  if (state === "refused") return failure("This file was not accepted", error);
  const again = button("Send it again", () => upload.start(), { kind: "primary", symbol: "retry" });
  return failure("The upload was interrupted", error, again);
}

export function fileRow(file, forget) {
  return [
    icon("film", "large"),
    make("div", { class: "chosen-text" }, make("strong", {}, file.name), make("span", { class: "muted" }, bytes(file.size))),
    button("Choose another", forget),
  ];
}
