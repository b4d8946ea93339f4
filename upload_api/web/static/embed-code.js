// The button that gives the markup with which another page shows a video.

import { get } from "./api.js";
import { copyButton } from "./copying.js";

/** Of the video whose page this is. */
export function embedCodeButton(place) {
  const ask = `/oembed?url=${encodeURIComponent(location.origin + location.pathname)}`;
  return copyButton("Copy embed code", "frame", async () => (await get(ask)).html, place);
}
