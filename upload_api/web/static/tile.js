// One video of the list: what it is, how it is, and what can be done with it. The server made the markup.

import { command, videoPath } from "./api.js";
import { button, icon, make, say } from "./dom.js";
import { bytes, clock, day, percent } from "./format.js";
import { rename } from "./rename.js";
import { chip, stateOf } from "./state.js";

const DEEDS = [
  { name: "rename", symbol: "edit", verb: "Rename", fits: () => true },
  { name: "retry", symbol: "retry", verb: "Try again", fits: ({ status }) => status === "failed" },
  { name: "cancel", symbol: "cancelled", verb: "Cancel", fits: ({ status }) => status === "processing" },
  { name: "erase", symbol: "trash", verb: "Delete", fits: () => true },
];

/** Of the element that the server sent, or of a copy of the blank one. `changed(video)` after a command,
 * `erase(video, control)` when somebody wants it deleted. Returns `{ element, update, focus }`. */
export function tile(element, { changed, erase }) {
  const part = (name) => element.querySelector(name);
  const [picture, heading, link] = [part(".thumb"), part("h3"), part("h3 a")];
  const trouble = make("p", { class: "tile-trouble", role: "alert", hidden: true });
  const controls = new Map(DEEDS.map((deed) => [deed.name, control(deed)]));
  let video = null;

  part(".tile-actions").append(...controls.values());
  part(".tile-text").append(trouble);

  function control({ name, symbol, verb }) {
    const kind = name === "erase" ? "quiet danger-quiet" : "quiet";
    const made = button("", () => act(name, made), { kind, symbol });
    made.title = verb;
    made.hidden = true; // until it is known which of them fit: then none pushes another
    return made;
  }

  async function act(name, pressed) {
    complain("");
    if (name === "rename") {
      if (!heading.hidden) rename(video, heading, { done: changed, closed: () => pressed.focus() });
      return;
    }
    const focused = document.activeElement === pressed;
    pressed.disabled = true;
    try {
      if (name === "erase") await erase(video);
      else changed(await (await command(videoPath(video.id), name)).json());
    } catch (problem) {
      complain(`${problem.message} ${problem.hint} (${problem.code})`);
    }
    pressed.disabled = false;
    if (focused && pressed.hidden) link.focus(); // what was done cannot be done again
  }

  function complain(words) {
    trouble.hidden = !words;
    say(trouble, words);
  }

  function update(version) {
    video = version;
    const name = version.title || version.filename;
    element.dataset.id = version.id;
    if (link.getAttribute("href") !== `/videos/${version.id}`) link.href = `/videos/${version.id}`;
    say(link, name);
    show(picture, version);
    const state = stateOf(version);
    if (!part(`.status > .is-${state}`)) part(".status").replaceChildren(chip(state));
    const still = version.status === "processing";
    say(part(".about"), still ? percent(version.progress) : [day(version.created_at), bytes(version.size)].filter(Boolean).join(" · "));
    for (const { name: deed, verb, fits } of DEEDS) {
      controls.get(deed).hidden = !fits(version);
      controls.get(deed).ariaLabel = `${verb}: ${name}`;
    }
  }

  return { element, update, focus: () => link.focus(), video: () => video };
}

/** Changes only what is another: a picture that is there does not flicker. */
function show(picture, { playback, metadata }) {
  const poster = playback?.posters?.["small.webp"] || playback?.poster;
  const image = picture.querySelector("img");
  const symbol = metadata && !metadata.video ? "sound" : "film";
  const length = metadata?.duration ? clock(metadata.duration) : "";
  if (!picture.querySelector(`use[href$="#${symbol}"]`)) picture.querySelector(".icon").replaceWith(icon(symbol, "large"));
  if (!poster) image?.remove();
  else if (image?.getAttribute("src") !== poster) {
    image?.remove();
    picture.querySelector(".icon").after(make("img", { src: poster, alt: "", loading: "lazy", decoding: "async" }));
  }
  const badge = picture.querySelector(".badge");
  if (!length) badge?.remove();
  else if (badge) say(badge, length);
  else picture.append(make("span", { class: "badge" }, length));
}
