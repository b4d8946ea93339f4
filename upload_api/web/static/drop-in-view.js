// What <reelmill-upload> looks like: an invitation to choose a file, then the file with its state, in a shadow tree.

import { make, say } from "./dom.js";
import { STYLE } from "./drop-in-style.js";
import { bytes, left, percent } from "./format.js";

const WORDS = {
  beginning: "Getting ready …",
  sending: "Uploading",
  paused: "Paused. Nothing is lost.",
  waiting: "The connection is lost. It goes on by itself as soon as the server can be reached.",
  sent: "Uploaded. The video is being prepared …",
  playable: "Uploaded. The video can be watched already; more qualities are being made …",
  uploaded: "Uploaded.",
  ready: "Done. The video is ready.",
  cancelled: "Cancelled. Nothing was kept.",
};
const BUTTONS = {
  beginning: ["cancel"],
  sending: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  waiting: ["resume", "cancel"],
  sent: ["another"],
  playable: ["another"],
  uploaded: ["another"],
  ready: ["another"],
  cancelled: ["another"],
  failed: ["again", "another"],
};
const MOVING = new Set(["beginning", "sending", "paused", "waiting"]);
const NAMES = {
  pause: "Pause",
  resume: "Go on",
  cancel: "Cancel",
  again: "Try again",
  another: "Choose another video",
};

export class View {
  #act;
  #input = make("input", { type: "file", hidden: true, tabindex: "-1" });
  #choose = make("button", { type: "button", part: "button choose" }, make("slot", {}, "Choose a video"));
  #drop = make("div", { part: "drop", class: "drop" }, this.#choose, make("p", { part: "hint" }, "or drop it here"));
  #name = make("p", { part: "name", class: "name", tabindex: "-1" });
  #bar = make("progress", { part: "progress", max: 1, "aria-label": "Upload" });
  #amount = make("span");
  #pace = make("span");
  #figures = make("p", { part: "figures", class: "figures" }, this.#amount, this.#pace);
  #actions = make("div", { part: "actions", class: "actions" });
  #card = make("div", { part: "card", class: "card", hidden: true }, this.#name, this.#bar, this.#figures);
  #state = make("p", { part: "state", class: "state", role: "status" });
  #problem = "";

  /** `act` has `chosen(file)` and one function for each button. */
  constructor(root, act) {
    this.#act = act;
    root.adoptedStyleSheets = [STYLE];
    root.append(this.#input, this.#drop, this.#card, this.#state, this.#actions);
    this.#choose.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => this.#take(this.#input.files));
    for (const kind of ["dragenter", "dragover"]) this.#drop.addEventListener(kind, (event) => this.#over(event));
    for (const kind of ["dragleave", "drop"]) this.#drop.addEventListener(kind, () => this.#drop.classList.remove("over"));
    this.#drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#take(event.dataTransfer.files);
    });
  }

  accept(types) {
    this.#input.accept = types;
  }

  become(state, file) {
    const focused = this.#card.getRootNode().activeElement !== null;
    this.#drop.hidden = state !== "empty";
    this.#card.hidden = state === "empty";
    this.#bar.hidden = !MOVING.has(state) && state !== "sent" && state !== "playable";
    if (state === "beginning" || state === "sent") this.#bar.removeAttribute("value");
    this.#bar.setAttribute("aria-label", state === "sent" || state === "playable" ? "Preparation" : "Upload");
    this.#figures.hidden = !MOVING.has(state);
    say(this.#pace, "");
    if (state === "beginning") say(this.#amount, "");
    say(this.#name, state === "empty" ? "" : file.name);
    say(this.#state, state === "failed" ? this.#problem : WORDS[state] ?? "");
    this.#actions.replaceChildren(...(BUTTONS[state] ?? []).map((name) => this.#button(name)));
    if (focused) this.#refocus(state);
  }

  figures({ sent, total, speed, secondsLeft }) {
    this.#bar.value = total ? sent / total : 0;
    say(this.#amount, `${percent(sent / total)} · ${bytes(sent)} of ${bytes(total)}`);
    say(this.#pace, speed ? `${bytes(speed)}/s · ${left(secondsLeft)}` : "");
  }

  /** How much of the video is made. */
  made(fraction) {
    this.#bar.value = fraction;
  }

  problem({ message, hint }) {
    this.#problem = [message, hint].filter(Boolean).join(" ");
  }

  #button(name) {
    return make("button", { type: "button", part: `button ${name}`, onclick: () => this.#act[name]() }, NAMES[name]);
  }

  /** The button that had the focus is gone: what comes in its place gets it. */
  #refocus(state) {
    const next = state === "empty" ? this.#choose : this.#actions.firstElementChild ?? this.#name;
    next.focus();
  }

  #over(event) {
    event.preventDefault();
    this.#drop.classList.add("over");
  }

  #take([file]) {
    this.#input.value = "";
    if (file) this.#act.chosen(file);
  }
}
