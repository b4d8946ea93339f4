// The player: hls.js where media sources exist, the browser's own HLS where they do not.

import { button, icon, make } from "./dom.js";
import { failure } from "./failure.js";

const LIBRARY = "/assets/hls.js/hls.min.js";
let library = null;

export function player(video) {
  const { playback, metadata } = video;
  const sound = Boolean(metadata && !metadata.video);
  const media = make("video", {
    controls: true,
    playsinline: true,
    preload: "metadata",
    poster: playback.poster,
    "aria-label": video.title || video.filename,
  });
  const element = make(
    "div",
    { class: sound ? "screen sound" : "screen" },
    sound ? icon("sound", "huge") : null,
    media,
  );
  let close = () => {};

  function trouble(code, message) {
    close();
    const again = button("Load it again", () => {
      element.replaceChildren(...(sound ? [icon("sound", "huge")] : []), media);
      open();
    });
    const error = { code, message, hint: "If it happens again, try another browser." };
    element.replaceChildren(failure("This video does not play here", error, again));
  }

  async function open() {
    try {
      close = await attach(media, playback.hls, trouble);
    } catch {
      trouble("player_unavailable", "The player could not be loaded.");
    }
  }

  open();
  return { element, close: () => close() };
}

/** Returns what closes it. Raises when neither way exists. */
async function attach(media, url, trouble) {
  const Hls = await loadLibrary().catch(() => null);
  if (Hls?.isSupported()) return attachLibrary(Hls, media, url, trouble);
  if (!media.canPlayType("application/vnd.apple.mpegurl")) throw new Error("no way to play HLS");
  media.src = url;
  media.onerror = () => trouble(`media_${media.error?.code}`, "The browser could not read the video.");
  return () => media.removeAttribute("src");
}

function attachLibrary(Hls, media, url, trouble) {
  const hls = new Hls({ capLevelToPlayerSize: true });
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
  hls.loadSource(url);
  hls.attachMedia(media);
  return () => hls.destroy();
}

function loadLibrary() {
  library ??= new Promise((resolve, reject) => {
    const script = make("script", { src: LIBRARY });
    script.onload = () => resolve(globalThis.Hls);
    script.onerror = () => {
      library = null;
      script.remove();
      reject(new Error("not loaded"));
    };
    document.head.append(script);
  });
  return library;
}
