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
    list.offer(levels.map(rendition), hls.manualLevel, (index) => switchTo(Hls, hls, media, index));
  };
  hls.on(Hls.Events.MANIFEST_PARSED, offer);
  hls.on(Hls.Events.LEVELS_UPDATED, offer);
  hls.once(Hls.Events.DESTROYING, () => list.offer([]));
  if (hls.levels.length) offer();
}

function rendition({ width, height, bitrate }, index) {
  return { id: String(index), width, height, bitrate };
}

/**
 * Whoever watches sees the new quality with one of the next segments, without a pause. A still picture changes at once,
 * and so does one of which all that follows is loaded and would be played first.
 */
function switchTo(Hls, hls, media, index) {
  const other = index !== -1 && index !== hls.currentLevel;
  if (media.paused || (!dropsAhead(Hls, hls, index) && other && nothingFollows(hls, media))) hls.currentLevel = index;
}

/**
 * Chooses for what comes; returns whether any of the old quality makes way for it. hls.js (1.7.4) drops what is loaded
 * of the segment after the one that it expects to play when the new quality comes, and all after that, if there is one.
 */
function dropsAhead(Hls, hls, index) {
  let drops = false;
  const note = () => (drops = true);
  hls.on(Hls.Events.BUFFER_FLUSHING, note);
  hls.nextLevel = index;
  hls.off(Hls.Events.BUFFER_FLUSHING, note);
  return drops;
}

/** Whether the last segment is loaded, or on its way, and none before it is missing. A list that grows has no last. */
function nothingFollows(hls, { duration }) {
  const [list, ahead] = [hls.latestLevelDetails, hls.mainForwardBufferInfo];
  return Boolean(list && !list.live && ahead?.len && duration - ahead.end < list.targetduration);
}
