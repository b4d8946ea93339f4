// The player: one media element that plays the best there is of a video, and moves on when something better comes.

import { describe, withControls } from "./controls.js";
import { button, icon, make } from "./dom.js";
import { failure } from "./failure.js";
import { atTheRightMoment, lastPicture, remember } from "./handover.js";
import { RenditionList } from "./renditions.js";
import { best, prepare } from "./sources.js";
import { showStoryboard } from "./storyboard.js";

/**
 * Returns `{ element, update, close }`; `update(video)` for every new version. `start` is the second to begin at,
 * `autoplay` whether to begin unasked; `top` an element to lie over the picture's upper edge; `remembers` whether volume
 * and language are kept for the next video.
 */
export function player(video, { start = 0, autoplay = false, muted = false, remembers = true, top = null } = {}) {
  const media = make("video", { playsinline: true, preload: "metadata" });
  media.videoRenditions = new RenditionList();
  media.muted = muted;
  const frame = withControls(media, { remembers, top });
  const parts = [icon("sound", "huge"), frame];
  const element = make("div", { class: "screen" }, parts);
  const refused = new Set();
  let broken = null; // the address that failed: it is loaded again by whoever asks for it, never by itself
  let playback = {};
  let source = null; // what plays, or is about to
  let awaited = null; // the address that follows at the right moment
  let begin = { time: start, playing: autoplay }; // where a viewer is who sees nothing yet
  let close = () => {};
  let callOff = () => {};
  let turn = 0; // of several moves the last one counts

  media.addEventListener("loadedmetadata", () => showAsSound(!media.videoWidth));
  for (const there of ["canplay", "playing"]) {
    media.addEventListener(there, () => media.seeking || frame.querySelector("canvas")?.remove());
  }

  function update({ title, filename, metadata, playback: now }) {
    playback = now || {};
    media.ariaLabel = title || filename;
    if (!source) showAsSound(Boolean(metadata && !metadata.video));
    if (playback.poster && !media.currentTime) media.poster = playback.poster;
    showStoryboard(media, playback.storyboard);
    choose();
  }

  function showAsSound(isSound) {
    element.classList.toggle("sound", isSound);
    frame.setAttribute("autohide", isSound ? "-1" : "2"); // nothing to see under the controls
  }

  function choose() {
    const next = best(playback, refused);
    if (!next || [source?.url, broken, awaited].includes(next.url)) return;
    callOff();
    awaited = next.url; // asked again at every change of the video: its moment must not begin anew each time
    callOff = source ? atTheRightMoment(media, source.kind, () => move(next)) : () => {};
    if (!source) move(next);
  }

  async function move(next) {
    const mine = ++turn;
    [source, awaited] = [next, null];
    try {
      const { open, discard } = await prepare(next, media);
      if (mine === turn) replace(open);
      else discard();
    } catch {
      if (mine === turn) trouble("player_unavailable", "The player could not be loaded.");
    }
  }

  function replace(open) {
    const { time, goOn } = remember(media);
    show(lastPicture(media));
    if (time) media.removeAttribute("poster"); // it would flash up between the two
    close();
    close = open(media, time || begin.time, trouble);
    goOn();
    if (begin.playing) media.play().catch(() => {}); // not every browser lets it; the play button is there
    begin = { time: 0, playing: false };
  }

  /** Never takes the media element out of the page and back: that would end its full screen. */
  function show(picture) {
    if (frame.parentElement !== element) element.replaceChildren(...parts);
    describe(frame, media.ariaLabel);
    frame.querySelector("canvas")?.remove();
    if (picture) frame.append(picture);
  }

  function trouble(code, message) {
    const failed = source;
    begin = { time: media.currentTime || begin.time, playing: !media.paused };
    stop();
    if (failed.kind === "original") {
      refused.add("original"); // this browser does not play all that others do
      choose();
      if (!source) element.replaceChildren(make("p", {}, "This browser cannot play it yet. It will once it is ready."));
      return;
    }
    broken = failed.url;
    const error = { code, message, hint: "Check the network and load it again; if it stays, try another browser." };
    const again = button("Load it again", () => restart(failed), { symbol: "retry" });
    element.replaceChildren(failure("This video does not play here", error, again));
  }

  async function restart(failed) {
    broken = null;
    begin.playing = true; // whoever asks for it wants to watch
    await move(failed);
    frame.focus();
  }

  function stop() {
    turn += 1;
    callOff();
    close();
    [close, source, awaited] = [() => {}, null, null];
  }

  update(video);
  return { element, update, close: stop };
}
