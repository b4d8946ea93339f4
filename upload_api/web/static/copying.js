// A button that copies something, says so, and shows it to be copied by hand where the browser does not let it.

import { announce } from "./announce.js";
import { button, make, say } from "./dom.js";

const SAID_FOR = 2000; // ms

/** `find()` resolves to the text; `place` is where it is shown when it cannot be copied. */
export function copyButton(words, symbol, find, place) {
  const control = button(words, copy, { symbol });
  const label = control.lastChild;

  async function copy() {
    const text = await find().catch(() => null);
    if (text === null) return told("Not reached; try again");
    try {
      await navigator.clipboard.writeText(text);
      told("Copied");
    } catch {
      const field = make("input", { value: text, readonly: true, "aria-label": words });
      place.replaceChildren(make("p", { class: "field" }, field));
      field.select();
    }
  }

  function told(answer) {
    say(label, answer);
    announce(`${words}: ${answer}`);
    setTimeout(() => say(label, words), SAID_FOR);
  }

  return control;
}
