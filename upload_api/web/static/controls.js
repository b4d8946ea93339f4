// The controls over a media element: media-chrome's, laid out. Its script comes when there is something to play.

import { make } from "./dom.js";
import { loadScript } from "./script.js";

const LIBRARY = "/assets/media-chrome/all.js";
const KEYS = { keyboarddownvolumestep: "0.05", keyboardupvolumestep: "0.05" };
const RATES = "0.5 0.75 1 1.25 1.5 2";

/**
 * An element around `media`, which keeps its place in the page whatever it plays. Until the script is there the
 * picture stands alone; if it does not come, the browser's own controls do.
 */
export function withControls(media, { remembers, top }) {
  media.slot = "media";
  const frame = make(
    "media-controller",
    { ...KEYS, nomutedpref: !remembers, novolumepref: !remembers, nosubtitleslangpref: !remembers },
    media,
    top,
    make("media-loading-indicator", { slot: "centered-chrome", noautohide: true }),
    make("media-play-button", { slot: "centered-chrome", class: "begin", notooltip: true }),
    settings(),
    make("media-control-bar", { class: "seek-bar" }, make("media-time-range")),
    buttons(),
  );
  loadScript(LIBRARY).catch(() => (media.controls = true));
  return frame;
}

/**
 * Corrects what the library says of itself to screen readers, which it does anew whenever `frame` is put into a page.
 * `name` is what is played there.
 */
export async function describe(frame, name) {
  await customElements.whenDefined(frame.localName);
  frame.setAttribute("aria-label", `Player: ${name}`);
  frame.querySelector("media-captions-button").role = "switch"; // it is checked or not, which no plain button is
  const back = frame.querySelector("media-settings-menu").shadowRoot.querySelector("button");
  back.style.display = "none"; // from the outermost menu: it is hidden by its slot, which not every checker sees
}

function buttons() {
  return make(
    "media-control-bar",
    { class: "button-bar" },
    make("media-play-button"),
    make("media-mute-button"),
    make("media-volume-range"),
    make("media-time-display", { showduration: true, notoggle: true }),
    make("span", { class: "spacer" }),
    make("media-captions-button"),
    make("media-settings-menu-button"),
    make("media-pip-button"),
    make("media-fullscreen-button"),
  );
}

function settings() {
  const menus = make(
    "media-settings-menu",
    { hidden: true, anchor: "auto" },
    choice("Quality", "media-rendition-menu"),
    choice("Speed", "media-playback-rate-menu", { rates: RATES }),
    choice("Subtitles", "media-captions-menu"),
  );
  menus.addEventListener("change", () => setTimeout(() => closed(menus))); // once the menu that was chosen from is shut
  return menus;
}

/** The library leaves the outer menu open or not, by which of its lists was drawn anew meanwhile. */
function closed(menus) {
  menus.hidden = true;
  menus.parentElement.querySelector("media-settings-menu-button").focus();
}

function choice(words, tag, attributes = {}) {
  const menu = make(tag, { slot: "submenu", hidden: true, ...attributes }, make("div", { slot: "title" }, words));
  return make("media-settings-menu-item", { class: tag }, words, menu);
}
