// The list of videos, newest first, kept fresh while any of them still moves.

import { get } from "./api.js";
import { button, fill, icon, make, say } from "./dom.js";
import { failure } from "./failure.js";
import { bytes, clock, moment, percent } from "./format.js";
import { chip, stateOf } from "./state.js";
import { moving } from "./watch.js";

const PAGE = 12;
const MOST = 100; // what the API gives in one answer
const PAUSE = 3000;

export function library(element) {
  const grid = make("ul", { class: "grid" });
  const foot = make("div", { class: "more" });
  const cards = new Map();
  let next = null;
  let timer = 0;

  const path = (limit, cursor) => `/v1/videos?limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;

  async function refresh() {
    clearTimeout(timer);
    let again = document.hidden;
    try {
      const shown = Math.min(MOST, Math.max(PAGE, cards.size));
      if (!document.hidden) again = replace(await get(path(shown)), shown);
    } catch (problem) {
      again = true;
      if (!cards.size) fill(element, "problem", () => [failure("The list cannot be shown", errorOf(problem))]);
    }
    if (again) timer = setTimeout(refresh, PAUSE);
  }

  /** Returns whether any of them still moves. */
  function replace(page, shown) {
    element.removeAttribute("aria-busy");
    const kept = [...cards.keys()].slice(shown); // further down than one answer reaches
    const ids = [...page.items.map((video) => video.id), ...kept];
    page.items.forEach(put);
    for (const id of cards.keys()) if (!ids.includes(id)) drop(id);
    order(ids);
    if (!kept.length) next = page.next;
    present();
    return page.items.some(moving);
  }

  async function more(control) {
    control.disabled = true;
    const before = cards.size;
    try {
      const page = await get(path(PAGE, next));
      page.items.forEach(put);
      order([...cards.keys()]);
      next = page.next;
      present();
      grid.children[before]?.querySelector("a")?.focus();
    } catch (problem) {
      foot.replaceChildren(failure("The next ones did not come", errorOf(problem), control));
      control.disabled = false;
    }
  }

  function put(video) {
    if (!cards.has(video.id)) cards.set(video.id, videoCard(video));
    cards.get(video.id).update(video);
  }

  function drop(id) {
    cards.get(id).element.remove();
    cards.delete(id);
  }

  /** Moves only what is out of place: a card that has the focus keeps it. */
  function order(ids) {
    ids.forEach((id, index) => {
      const card = cards.get(id);
      if (grid.children[index] !== card.element) grid.insertBefore(card.element, grid.children[index] || null);
    });
    const sorted = ids.map((id) => [id, cards.get(id)]);
    cards.clear();
    for (const [id, card] of sorted) cards.set(id, card);
  }

  function present() {
    fill(element, cards.size ? "grid" : "empty", () => (cards.size ? [grid, foot] : [nothingYet()]));
    fill(foot, next || "", () => {
      const control = button("Show more", () => more(control));
      return [next ? control : null];
    });
  }

  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  refresh();
  return { refresh };
}

const errorOf = ({ code, message, hint, trace }) => ({ code, message, hint, trace });

function nothingYet() {
  return make(
    "div",
    { class: "empty" },
    icon("film", "large"),
    make("p", {}, make("strong", {}, "No videos yet")),
    make("p", { class: "muted" }, "The first one that you upload shows up here."),
  );
}

function videoCard(video) {
  const picture = make("div", { class: "thumb" });
  const link = make("a", { href: `/videos/${video.id}` });
  const status = make("span", { class: "status" });
  const about = make("span", { class: "muted small" });
  const element = make(
    "li",
    { class: "tile", "data-id": video.id },
    picture,
    make("div", { class: "tile-text" }, make("h3", {}, link), make("p", { class: "tile-foot" }, status, about)),
  );

  function update(version) {
    const poster = version.playback?.posters?.["small.webp"] || version.playback?.poster;
    const duration = version.metadata?.duration;
    const symbol = version.metadata && !version.metadata.video ? "sound" : "film";
    say(link, version.title || version.filename);
    const processing = version.status === "processing" ? percent(version.progress) : "";
    fill(status, stateOf(version), () => [chip(stateOf(version))]);
    say(about, processing || [moment(version.created_at), bytes(version.size)].filter(Boolean).join(" · "));
    fill(picture, `${poster} ${duration} ${symbol}`, () => [
      poster ? make("img", { src: poster, alt: "", loading: "lazy", decoding: "async" }) : icon(symbol, "large"),
      duration ? make("span", { class: "badge" }, clock(duration)) : null,
    ]);
  }

  return { element, update };
}
