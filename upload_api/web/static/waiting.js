// The place of a picture that is not there yet: as large as the player will be, so that nothing moves when it comes.

import { icon, make, say } from "./dom.js";
import { percent } from "./format.js";

export function waitingScreen() {
  const words = make("p");
  const element = make("div", { class: "screen waiting" }, icon("film", "large"), words);
  return {
    element,
    update({ status, progress }) {
      if (status === "uploading") say(words, "It plays here once it is uploaded and made ready.");
      else say(words, `Being made ready: ${percent(progress)}. It plays here as soon as it can.`);
    },
  };
}
