// The page `/embed/{id}`: nothing but the player in somebody else's frame, and words until there is something to play.

import { announce } from "./announce.js";
import { videoPath } from "./api.js";
import { fill, make } from "./dom.js";
import { player } from "./player.js";
import { best } from "./sources.js";
import { waitingScreen } from "./waiting.js";
import { watch } from "./watch.js";

const { id } = document.getElementById("embed").dataset;
const place = document.getElementById("place");
const asked = new URLSearchParams(location.search);
const waiting = waitingScreen();
let open = null;
let last = null;

const wanted = (name) => asked.get(name) === "1";

function show(video) {
  last = video;
  if (!video.playable || !best(video.playback)) {
    open?.close();
    open = null;
    waiting.update(video);
  } else if (open) {
    open.update(video);
  } else {
    open = player(video, wishes(video));
    announce("The video can be watched.");
  }
  fill(place, open ? "player" : "waiting", () => [open ? open.element : waiting.element]);
}

/** What the address asks for; a frame keeps nothing in its viewer's browser. */
function wishes(video) {
  return {
    start: Math.max(0, Number(asked.get("t")) || 0),
    autoplay: wanted("autoplay"),
    muted: wanted("muted"),
    remembers: false,
    top: wanted("title") ? titleOf(video) : null,
  };
}

function titleOf({ title, filename, links }) {
  const words = title || filename;
  return make("a", { slot: "top-chrome", class: "over-picture", href: links.page, target: "_blank", rel: "noopener" }, words);
}

function say(words) {
  if (open) return; // whoever watches goes on with what they have
  waiting.say(words);
  fill(place, "waiting", () => [waiting.element]);
}

if (id) {
  const watcher = watch(videoPath(id), {
    changed: show,
    lost: () => say("The connection is lost; looking again …"),
    back: () => last && show(last), // nothing may have changed meanwhile, and then nothing else takes the words away
    gone() {
      watcher.stop();
      open?.close();
      open = null;
      say("This video was deleted.");
    },
  });
}
