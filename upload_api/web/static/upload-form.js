// Choosing a file: by the chooser, by dropping it anywhere on the page, or by pasting it.

import { announce } from "./announce.js";
import { fileRow } from "./upload-card.js";

/** Calls `send(file, title)` for each file that is to go. */
export function uploadForm(form, send) {
  const input = form.querySelector("#file");
  const drop = form.querySelector("#drop");
  const chosen = form.querySelector("#chosen");
  const title = form.querySelector("#title");
  const problem = form.querySelector("#file-problem");
  let file = null;

  function choose(candidate) {
    problem.textContent = "";
    if (!candidate) return;
    if (!candidate.size) {
      forget();
      problem.textContent = `“${candidate.name}” is empty. Choose a file that has something in it.`;
      return;
    }
    file = candidate;
    chosen.replaceChildren(...fileRow(file, () => (forget(), input.focus())));
    drop.hidden = true;
    chosen.hidden = false;
    announce(`${file.name} is chosen.`);
    title.focus();
  }

  function forget() {
    file = null;
    form.reset();
    chosen.hidden = true;
    drop.hidden = false;
  }

  input.required = false; // a dropped file is not in the chooser; submit checks instead
  input.addEventListener("change", () => choose(input.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!file) {
      problem.textContent = "Choose a file first.";
      input.focus();
      return;
    }
    const [going, name] = [file, title.value.trim()];
    forget();
    send(going, name);
    input.focus({ preventScroll: true });
  });
  addEventListener("paste", (event) => event.clipboardData?.files.length && choose(event.clipboardData.files[0]));
  acceptDrops(drop, choose);
}

/** The whole window takes the file, so that one dropped beside the zone does not replace the page. */
function acceptDrops(zone, choose) {
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  addEventListener("dragenter", (event) => carriesFiles(event) && mark(1));
  addEventListener("dragleave", (event) => carriesFiles(event) && mark(-1));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark(0);
    choose(event.dataTransfer.files[0]);
  });
}
