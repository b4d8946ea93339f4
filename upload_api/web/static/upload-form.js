// Choosing files: by the chooser, by dropping them anywhere on the page, by pasting them, or by filming them.

import { button, icon } from "./dom.js";
import { canFilm, film } from "./camera.js";

/**
 * Calls `take(files, { onceOnly })` for those that are to go: nobody could choose a recording again after a reload.
 * Returns `{ complain }`, which says something under the form.
 */
export function uploadForm(form, take) {
  const input = form.querySelector("#file");
  const drop = form.querySelector("#drop");
  const problem = form.querySelector("#file-problem");

  function accept(files, how) {
    problem.textContent = "";
    const some = [...files];
    const full = some.filter(({ size }) => size);
    const empty = some.filter(({ size }) => !size).map(({ name }) => `“${name}” is empty.`);
    if (empty.length) problem.textContent = `${empty.join(" ")} Choose a file that has something in it.`;
    if (full.length) take(full, how);
  }

  function chosen() {
    accept(input.files);
    form.reset(); // so that the same file may be chosen again
  }

  for (const plain of form.querySelectorAll(".plain")) plain.remove(); // a title has its place on the card
  input.multiple = true;
  input.required = false;
  input.addEventListener("change", chosen);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("paste", (event) => event.clipboardData?.files.length && accept(event.clipboardData.files));
  acceptDrops(drop, accept);
  offerCamera(form.querySelector("#camera"), accept);
  if (input.files.length) chosen(); // before this script was there
  return { complain: (words) => (problem.textContent = words) };
}

/** The whole window takes the files, so that one dropped beside the zone does not replace the page. */
function acceptDrops(zone, accept) {
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
    accept(event.dataTransfer.files);
  });
}

/** The button is there only where there is a camera, and the browser may show it to this page. */
async function offerCamera(place, accept) {
  const control = button("Record with the camera", async () => {
    const recording = await film();
    control.focus();
    if (recording) accept([recording], { onceOnly: true });
  });
  control.prepend(icon("camera"));
  const look = async () => place.replaceChildren(...((await canFilm()) ? [control] : []));
  navigator.mediaDevices?.addEventListener("devicechange", look);
  look();
}
