// Asking before something that cannot be undone.

import { make } from "./dom.js";

/** Resolves to whether the person agreed. */
export function agreed(heading, words, verb, otherwise = "Keep it") {
  const title = make("h2", { id: "question" }, heading);
  const dialog = make(
    "dialog",
    { class: "question", "aria-labelledby": "question" },
    make(
      "form",
      { method: "dialog" },
      title,
      make("p", {}, words),
      make(
        "div",
        { class: "actions end" },
        make("button", { class: "button", value: "no", autofocus: true }, otherwise),
        make("button", { class: "button danger", value: "yes" }, verb),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
