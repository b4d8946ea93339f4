// One upload as a card: the bytes on their way, then the video that came of them.

import { announce } from "./announce.js";
import { button, make, say } from "./dom.js";
import { sendingView } from "./sending-view.js";
import { chip } from "./state.js";
import { videoView } from "./video-view.js";
import { moving } from "./watch.js";

const CHIPS = { sending: "uploading", confirming: "uploading", refused: "failed" };

const SETTLED = 1000; // ms without a key: whoever has written a title need not leave the field

/** `changed(video)` is called for every version of the video that comes of it. */
export function uploadCard(upload, { changed = () => {} } = {}) {
  const heading = make("h2", { class: "card-title" });
  const status = make("span", { class: "status" });
  const title = titleField(upload);
  const body = make("div", { class: "card-body" });
  const head = make("div", { class: "card-head" }, heading, status);
  const element = make("article", { class: "panel card" }, head, title.element, body);
  const sending = sendingView(upload, () => {
    element.remove();
    document.getElementById("file").focus({ preventScroll: true });
  });
  body.append(sending.element);
  upload.addEventListener("change", update);
  update();

  function update() {
    name(upload.name);
    title.update();
    if (upload.state === "accepted") return become(upload.video);
    sending.update();
    status.replaceChildren(chip(CHIPS[upload.state] || upload.state));
  }

  function name(words) {
    say(heading, words);
    element.setAttribute("aria-label", words);
  }

  function become(id) {
    if (body.dataset.video === id) return;
    body.dataset.video = id;
    announce(`The upload of ${upload.name} is complete.`);
    const cancel = button("Cancel", () => view.act("cancel", cancel));
    const page = make("a", { class: "button", href: `/videos/${encodeURIComponent(id)}` }, "Open its page");
    const view = videoView(id, {
      changed(version) {
        cancel.hidden = !moving(version);
        name(upload.titleKept ? version.title || version.filename : upload.name);
        title.show(version.title || "");
        changed(version);
      },
      gone() {
        view.close();
        element.remove();
      },
    });
    const focused = body.contains(document.activeElement);
    status.replaceChildren(view.status);
    body.replaceChildren(view.body, make("div", { class: "actions" }, page, cancel));
    if (focused) page.focus({ preventScroll: true });
  }

  return element;
}

/** There from the start: a small file has arrived before anybody could have typed a word. */
function titleField(upload) {
  const input = make("input", { type: "text", maxlength: 200, autocomplete: "off", placeholder: upload.file.name });
  const problem = make("span", { class: "problem-line", role: "alert" });
  const words = make("span", {}, "Title ", make("span", { class: "muted" }, "(optional)"));
  const element = make("label", { class: "field title-field" }, words, input, problem);
  input.value = upload.title;
  const save = () => (clearTimeout(timer), upload.rename(input.value.trim()));
  let timer = 0;
  input.addEventListener("change", save);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, SETTLED);
  });
  input.addEventListener("keydown", ({ key }) => key === "Enter" && input.blur());

  function update() {
    const { titleProblem: trouble } = upload;
    say(problem, trouble ? `The title was not changed: ${trouble.message} (${trouble.code})` : "");
    element.hidden = ["refused", "cancelled"].includes(upload.state);
  }

  /** What it is called by now, perhaps by somebody else; not while it is being written. */
  function show(words) {
    if (document.activeElement !== input && upload.titleKept) input.value = words;
  }

  return { element, update, show };
}
