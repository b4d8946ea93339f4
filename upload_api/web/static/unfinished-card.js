// An upload that stopped when its page was left: the same file goes on from there, or it is forgotten.

import { button, fill, icon, make, say } from "./dom.js";
import { bytes, percent } from "./format.js";
import { chip } from "./state.js";
import { terminate, whereabouts } from "./transfer.js";
import { forget, markOf } from "./unfinished.js";

/**
 * `goOn(file)` is called with the right file, `another(file)` with one that is to be a video of its own,
 * `forgotten()` when it is not wanted any more.
 */
export function unfinishedCard(record, { goOn, another, forgotten }) {
  const { name, size } = record;
  const words = make("p");
  const about = make("p", { class: "muted small" }, `${name} · ${bytes(size)}`);
  const trouble = make("div", { class: "trouble", role: "alert" });
  const input = make("input", { type: "file", class: "unseen", tabindex: -1, "aria-hidden": "true" });
  const again = button("Choose it again", () => input.click(), { kind: "primary", symbol: "upload" });
  const heading = make("h2", { class: "card-title" }, record.title || name);
  const head = make("div", { class: "card-head" }, heading, chip("stopped"));
  const bar = make("progress", { max: 1, class: "still", "aria-label": "Upload" });
  const actions = make("div", { class: "actions" }, again, button("Forget it", dismiss, { symbol: "trash" }), input);
  const attributes = { class: "panel card stopped", "aria-label": record.title || name };
  const element = make("article", attributes, head, bar, words, about, trouble, actions);

  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    if ((await markOf(file).catch(() => "")) === record.mark) goOn(file);
    else refuse(file);
  });

  function refuse(file) {
    const separate = button("Upload it as a video of its own", () => (fill(trouble, "", () => []), another(file)));
    const [chosen, expected] = [`“${file.name}” (${bytes(file.size)})`, `“${name}” (${bytes(size)})`];
    const told = make("p", {}, `${chosen} is another file than ${expected}, which stopped here. Nothing was sent.`);
    fill(trouble, `refused ${Date.now()}`, () => [
      make("div", { class: "connection" }, icon("alert"), make("div", {}, told, separate)),
    ]);
  }

  function dismiss() {
    forget(record.mark);
    terminate(record.url).catch(() => {}); // what cannot be told now expires by itself
    element.remove();
    document.getElementById("file").focus({ preventScroll: true });
    forgotten();
  }

  function show(offset) {
    bar.value = offset / size;
    say(words, `It stopped at ${percent(offset / size)}. Choose the file again to go on.`);
  }

  /** The server knows better than the browser how much has arrived, and whether it is still there. */
  async function ask() {
    const found = await whereabouts(record.url).catch(() => ({ offset: record.sent }));
    show(found?.offset || 0);
    if (found) return;
    say(words, "The server no longer keeps what had been sent. Choose the file again to begin anew.");
    record.gone = true; // the card stays for this visit
    forget(record.mark);
  }

  show(record.sent);
  ask();
  return element;
}
