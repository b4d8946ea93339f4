// What there is to play of a video, best first, and how a media element is made to play it.

import { offerQualities } from "./renditions.js";
import { loadScript } from "./script.js";
import { endWhenWhole } from "./short.js";

const LIBRARY = "/assets/hls.js/hls.min.js";
const ORDER = ["hls", "original", "live"];

/** `{ kind, url }` of the best that is not in `refused`, a set of kinds; null while there is none. */
export function best(playback, refused = new Set()) {
  const kind = ORDER.find((one) => playback?.[one] && !refused.has(one));
  return kind ? { kind, url: playback[kind] } : null;
}

/**
 * Loads what is needed first, so that a picture that is there stays as long as it can. Returns `{ open, discard }`:
 * `open(media, time, trouble)` begins at `time` and returns what closes it; `discard()` where nobody wants it any more.
 * Raises when there is no way.
 */
export async function prepare({ kind, url }, media) {
  if (kind === "original") return fileOpener(url);
  const Hls = await loadLibrary().catch(() => null);
  if (Hls?.isSupported()) return streamOpener(Hls, url);
  if (media.canPlayType("application/vnd.apple.mpegurl")) return fileOpener(url);
  throw new Error("no way to play HLS");
}

function fileOpener(url) {
  const open = (media, time, trouble) => {
    media.onerror = () => trouble(`media_${media.error?.code}`, "The browser could not read the video.");
    media.src = url;
    media.currentTime = time; // before the file is known, this says where to begin
    return () => {
      media.onerror = null;
      media.removeAttribute("src");
      media.load();
    };
  };
  return { open, discard: () => {} };
}

/** The manifest is there when this resolves; segments wait for the media element. */
function streamOpener(Hls, url) {
  const hls = new Hls({ capLevelToPlayerSize: true, autoStartLoad: false });
  return new Promise((resolve) => {
    const open = (media, time, trouble) => playStream(Hls, hls, media, time, trouble);
    const ready = () => resolve({ open, discard: () => hls.destroy() });
    hls.once(Hls.Events.MANIFEST_PARSED, ready);
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && ready()); // tried again where somebody listens
    hls.loadSource(url);
  });
}

function playStream(Hls, hls, media, time, trouble) {
  let recovered = false;
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (!data.fatal) return;
    if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else {
      trouble(data.details, "Part of the video could not be loaded or shown.");
    }
  });
  if (!hls.levels?.length) {
    hls.once(Hls.Events.MANIFEST_PARSED, () => hls.startLoad(time));
    hls.loadSource(hls.url);
  }
  endWhenWhole(Hls, hls);
  offerQualities(Hls, hls, media);
  hls.attachMedia(media);
  hls.startLoad(time);
  return () => hls.destroy();
}

async function loadLibrary() {
  await loadScript(LIBRARY);
  return globalThis.Hls;
}
