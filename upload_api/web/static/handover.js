// Moving a media element from one source to another: when nobody minds, and so that a viewer hardly sees it.

const AFTER_SEEK = 300; // ms; a person who drags the slider seeks many times
const STUCK = 1500; // ms without a picture after which anything is better

/**
 * Calls `move` once, at the right moment. A playlist with one quality is left at once: the next one is sharper. The
 * upload itself is as sharp as it gets, so whoever watches it is left alone until they pause, seek or are stuck.
 * Returns what calls it off.
 */
export function atTheRightMoment(media, kind, move) {
  if (kind !== "original" || (media.paused && !media.ended)) {
    move();
    return () => {};
  }
  const calls = new AbortController();
  let timer = 0;
  const go = () => (calls.abort(), clearTimeout(timer), move());
  const soon = (delay, still) => {
    clearTimeout(timer);
    timer = setTimeout(() => still() && go(), delay);
  };
  const on = (name, act) => media.addEventListener(name, act, { signal: calls.signal });
  on("pause", () => media.ended || go());
  on("seeked", () => soon(AFTER_SEEK, () => !media.ended));
  on("waiting", () => soon(STUCK, () => media.readyState < HTMLMediaElement.HAVE_FUTURE_DATA));
  return () => (calls.abort(), clearTimeout(timer));
}

/** Where a viewer is, to be put back by the returned function once the next source is open. */
export function remember(media) {
  const { currentTime: time, paused, playbackRate } = media;
  media.defaultPlaybackRate = playbackRate; // what a new source begins with
  return { time, goOn: () => !paused && media.play().catch(() => {}) };
}

/** The picture that is shown now, to lie over the element until that has the next; null where there is none. */
export function lastPicture(media) {
  if (!media.videoWidth || media.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [media.videoWidth, media.videoHeight];
  canvas.getContext("2d").drawImage(media, 0, 0);
  canvas.ariaHidden = "true";
  canvas.slot = "centered-chrome"; // under the controls, and part of what is shown in full screen
  canvas.toggleAttribute("noautohide", true);
  return canvas;
}
