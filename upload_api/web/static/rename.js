// Renaming a video where its title stands: Enter keeps the new one, Escape the old one.

import { announce } from "./announce.js";
import { renameVideo } from "./api.js";
import { button, make } from "./dom.js";

const LONGEST = 300; // characters, as the API has it

/** Puts a form in the place of `heading` until the title is kept or left; `done(title)` is called with a new one. */
export function rename(video, heading, { done = () => {}, closed = () => {} } = {}) {
  const input = make("input", { type: "text", maxlength: LONGEST, autocomplete: "off", value: video.title || "" });
  const trouble = make("p", { class: "problem-line", role: "alert" });
  const save = make("button", { class: "button primary" }, "Save");
  const form = make(
    "form",
    { class: "rename", onsubmit: submit, onkeydown: left },
    make("label", { class: "field" }, make("span", {}, "Title"), input),
    make("div", { class: "rename-row" }, save, button("Cancel", close)),
    trouble,
  );
  input.placeholder = video.filename;
  heading.hidden = true;
  heading.after(form);
  input.select();
  input.focus();

  async function submit(event) {
    event.preventDefault();
    save.disabled = true;
    try {
      const renamed = await (await renameVideo(video.id, input.value)).json();
      announce("The video has its new title.");
      done(renamed);
      close();
    } catch (problem) {
      trouble.textContent = `${problem.message} ${problem.hint} (${problem.code})`;
      save.disabled = false;
    }
  }

  function left(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  }

  function close() {
    form.remove();
    heading.hidden = false;
    closed();
  }
}
