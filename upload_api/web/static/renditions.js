// The qualities of a stream as the menu reads them: `media.videoRenditions`, a list that fires events, over hls.js.

/** What media-chrome expects of a media element; no browser has it. -1 is Auto. */
export class RenditionList extends EventTarget {
  length = 0;
  #selected = -1;
  #choose = () => {};

  get selectedIndex() {
    return this.#selected;
  }

  set selectedIndex(index) {
    this.#selected = index;
    this.#choose(index);
    this.dispatchEvent(new Event("change"));
  }

  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index += 1) yield this[index];
  }

  /** `choose(index)` is called when somebody picks another. */
  offer(renditions, selected = -1, choose = () => {}) {
    for (let index = 0; index < this.length; index += 1) delete this[index];
    Object.assign(this, renditions);
    this.length = renditions.length;
    this.#selected = selected;
    this.#choose = choose;
    for (const name of ["addrendition", "change"]) this.dispatchEvent(new Event(name));
  }
}

/** Keeps the list at what the stream has; where there is one quality, there is nothing to choose. */
export function offerQualities(Hls, hls, media) {
  const list = media.videoRenditions;
  if (!list) return;
  const offer = () => {
    const levels = hls.levels.length > 1 ? hls.levels : [];
    list.offer(levels.map(rendition), hls.manualLevel, (index) => switchTo(hls, media, index));
  };
  hls.on(Hls.Events.MANIFEST_PARSED, offer);
  hls.on(Hls.Events.LEVELS_UPDATED, offer);
  hls.once(Hls.Events.DESTROYING, () => list.offer([]));
  if (hls.levels.length) offer();
}

function rendition({ width, height, bitrate }, index) {
  return { id: String(index), width, height, bitrate };
}

/** Whoever watches sees the new quality with the next segment, without a pause; a still picture changes at once. */
function switchTo(hls, media, index) {
  if (media.paused) hls.currentLevel = index;
  else hls.nextLevel = index;
}
