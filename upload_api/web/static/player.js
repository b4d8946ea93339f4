// The player: one media element that plays the best there is of a video, and moves on when something better comes.

import { button, icon, make } from "./dom.js";
import { failure } from "./failure.js";
import { atTheRightMoment, lastPicture, remember } from "./handover.js";
import { best, prepare } from "./sources.js";

/** Returns `{ element, update, close }`; `update(video)` for every new version. */
export function player(video) {
  const media = make("video", { controls: true, playsinline: true, preload: "metadata" });
  const parts = [icon("sound", "huge"), media];
  const element = make("div", { class: "screen" }, parts);
  const refused = new Set();
  let playback = {};
  let source = null; // what plays, or is about to
  let close = () => {};
  let callOff = () => {};
  let turn = 0; // of several moves the last one counts

  media.addEventListener("loadedmetadata", () => element.classList.toggle("sound", !media.videoWidth));
  for (const there of ["canplay", "playing"]) {
    media.addEventListener(there, () => media.seeking || element.querySelector("canvas")?.remove());
  }

  function update({ title, filename, metadata, playback: now }) {
    playback = now || {};
    media.ariaLabel = title || filename;
    if (!source) element.classList.toggle("sound", Boolean(metadata && !metadata.video));
    if (playback.poster && !media.currentTime) media.poster = playback.poster;
    choose();
  }

  function choose() {
    const next = best(playback, refused);
    if (!next || next.url === source?.url) return;
    callOff();
    callOff = source ? atTheRightMoment(media, source.kind, () => move(next)) : () => {};
    if (!source) move(next);
  }

  async function move(next) {
    const mine = ++turn;
    source = next;
    try {
      const open = await prepare(next, media);
      if (mine === turn) replace(open);
    } catch {
      if (mine === turn) trouble("player_unavailable", "The player could not be loaded.");
    }
  }

  function replace(open) {
    const { time, goOn } = remember(media);
    show(lastPicture(media));
    if (time) media.removeAttribute("poster"); // it would flash up between the two
    close();
    close = open(media, time, trouble);
    goOn();
  }

  /** Never takes the media element out of the page and back: that would end its full screen. */
  function show(picture) {
    if (media.parentElement !== element) element.replaceChildren(...parts);
    element.querySelector("canvas")?.remove();
    if (picture) media.after(picture);
  }

  function trouble(code, message) {
    const failed = source;
    stop();
    if (failed.kind === "original") {
      refused.add("original"); // this browser does not play all that others do
      choose();
      if (!source) element.replaceChildren(make("p", {}, "This browser cannot play it yet. It will once it is ready."));
      return;
    }
    const error = { code, message, hint: "If it happens again, try another browser." };
    const again = button("Load it again", () => move(failed));
    element.replaceChildren(failure("This video does not play here", error, again));
  }

  function stop() {
    turn += 1;
    callOff();
    close();
    [close, source] = [() => {}, null];
  }

  update(video);
  return { element, update, close: stop };
}
