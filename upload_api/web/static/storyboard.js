// The pictures shown while somebody looks for a place: the storyboard, as the track that media-chrome reads.

import { make } from "./dom.js";

const LABEL = "thumbnails"; // media-chrome knows it by this name

/** `url` is null until there is one, which may be long after the video can be watched. */
export function showStoryboard(media, url) {
  const there = media.querySelector(`track[label="${LABEL}"]`);
  if (!url || there?.getAttribute("src") === url) return;
  there?.remove();
  const track = make("track", { kind: "metadata", label: LABEL, src: url, default: true });
  media.append(track);
  track.track.mode = "hidden"; // loaded, and never drawn as words
}
