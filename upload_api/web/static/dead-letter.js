// A dead letter in the story of a video: what to do about it, its stack for whoever mends it, and once more.

import { announce } from "./announce.js";
import { ask, command } from "./api.js";
import { button, make, say } from "./dom.js";

/** The element of a letter that can be replayed; `replayed()` is called when it was. */
export function deadLetter(letter, replayed) {
  const path = `/v1/dead-letters/${encodeURIComponent(letter.stage)}/${encodeURIComponent(letter.event_id)}`;
  const trouble = make("p", { class: "problem-line", role: "alert" });
  const again = button("Replay", replay, { symbol: "retry" });
  const stack = make("pre", { tabindex: 0, "aria-label": "Stack" }, "…");
  const whole = make(
    "details",
    { class: "small muted", "data-id": `letter ${letter.event_id}`, ontoggle: load },
    make("summary", {}, "Where it happened"),
    stack,
  );
  const crashes = letter.crashes ? ` Workers died of it ${letter.crashes === 1 ? "once" : `${letter.crashes} times`}.` : "";

  async function replay() {
    const focused = document.activeElement === again;
    again.disabled = true;
    try {
      await command(path, "replay");
      announce(`The dead letter of ${letter.stage} was sent again.`);
      if (focused) whole.firstChild.focus();
      replayed();
    } catch (problem) {
      say(trouble, `${problem.message} ${problem.hint} (${problem.code})`);
      again.disabled = false;
    }
  }

  async function load() {
    if (!whole.open) return;
    try {
      const { headers } = await (await ask(path)).json();
      const where = `${headers["reelmill-host"] || ""}, version ${headers["reelmill-version"] || "unknown"}`;
      say(stack, `${headers["reelmill-stack"] || "No stack was kept."}\n${where}`);
    } catch (problem) {
      say(stack, `It could not be loaded: ${problem.message} Close this and open it again.`);
    }
  }

  return make("div", { class: "letter" }, make("p", { class: "small" }, `${letter.hint}${crashes}`), again, trouble, whole);
}
