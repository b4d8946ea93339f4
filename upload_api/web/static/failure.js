// What went wrong, in plain words, with its code and what can be done now.

import { icon, make } from "./dom.js";

/** @param {{code: string, message: string, hint?: string, trace?: string}} error */
export function failure(heading, error, ...actions) {
  return make(
    "div",
    { class: "failure" },
    icon("alert", "large"),
    make(
      "div",
      { class: "failure-text" },
      make("h2", {}, heading),
      make("p", {}, error.message),
      error.hint ? make("p", { class: "muted" }, error.hint) : null,
      make(
        "p",
        { class: "muted small" },
        "Code ",
        make("code", { class: "code" }, error.code),
        error.trace ? [" · trace ", make("code", { class: "code" }, error.trace)] : null,
      ),
      actions.length ? make("div", { class: "actions" }, actions) : null,
    ),
  );
}
