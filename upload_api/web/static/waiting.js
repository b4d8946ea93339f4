// The place of a picture that is not there: as large as the player will be, so that nothing moves when it comes.

import { icon, make, say } from "./dom.js";
import { percent } from "./format.js";

const WORDS = {
  uploading: () => "It plays here once it is uploaded and made ready.",
  processing: (video) => `Being made ready: ${percent(video.progress)}. It plays here as soon as it can.`,
  ready: () => "There is nothing to play.",
  failed: () => "This video could not be prepared.",
  cancelled: () => "This video was cancelled.",
};

export function waitingScreen() {
  const words = make("p");
  const element = make("div", { class: "screen waiting" }, icon("film", "large"), words);
  const told = (said) => say(words, said);
  return { element, say: told, update: (video) => told(WORDS[video.status](video)) };
}
