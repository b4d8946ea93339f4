// The list of videos, newest first, a page at a time: the server made the first one, this keeps it fresh, by the
// stream of changes that the tabs share, and where there is none by asking.

import { announce } from "./announce.js";
import { get } from "./api.js";
import { follow } from "./changes.js";
import { fill, make } from "./dom.js";
import { failure } from "./failure.js";
import { finder } from "./finder.js";
import { tile } from "./tile.js";
import { erase, tellWhatWasDeleted } from "./undo.js";
import { moving } from "./watch.js";

const PAGE = 24; // as many as the server puts on its first page
const PAUSE = 3000;
const CARE = 60_000; // should the stream ever miss something, nobody waits for it longer than this
const GATHERING = 400; // changes that come together are looked at once

/** Returns `{ refresh }`. */
export function library(element) {
  const heading = document.getElementById("library-heading");
  const seconds = Number(element.dataset.undo);
  const search = finder(document.getElementById("finder"), () => refresh({ turned: true }));
  const tiles = new Map();
  const lastHeard = new Map(); // of each, in the list or not
  const overtaken = new Set(); // told of since the list was asked for: its answer may be older
  let grid = element.querySelector(".grid");
  let foot = element.querySelector(".more");
  let timer = 0;
  let turn = 0; // of several answers the one to the newest question counts

  for (const made of element.querySelectorAll(".tile")) tiles.set(made.dataset.id, tileOf(made));

  function tileOf(made) {
    return tile(made, { changed: told, erase: (video) => eraseOne(video) });
  }

  async function refresh({ turned = false } = {}) {
    clearTimeout(timer);
    const mine = ++turn;
    overtaken.clear();
    let again = document.hidden;
    try {
      if (!document.hidden || turned) again = show(await page(), mine, turned);
    } catch (problem) {
      again = true;
      lastHeard.clear(); // whatever is heard next asks once more
      if (mine === turn && (turned || !tiles.size)) tellOf(problem);
    }
    if (mine === turn && (again || stream.live)) timer = setTimeout(refresh, stream.live ? CARE : PAUSE);
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, GATHERING);
  }

  /** A video that is in the list, and stays where it is in it, needs no question; nor does one that stays out of it. */
  function heard(video) {
    const shown = tiles.get(video.id)?.video();
    const known = JSON.stringify([video.status, video.title]);
    if (shown?.status === video.status) told(video);
    else if (shown || lastHeard.get(video.id) !== known) soon();
    lastHeard.set(video.id, known);
  }

  function gone(id) {
    lastHeard.delete(id); // it may be brought back as it was
    soon();
  }

  function told(video) {
    overtaken.add(video.id);
    put(video);
  }

  const page = () => get(`/v1/videos?${new URLSearchParams([["limit", PAGE], ...search.sought()])}`);

  /** Returns whether any of them still moves. */
  function show({ items, next }, mine, turned) {
    if (mine !== turn) return false;
    frame(items.length);
    const ids = items.map((video) => video.id);
    for (const id of [...tiles.keys()]) if (!ids.includes(id)) drop(id);
    for (const video of items) if (!overtaken.has(video.id) || !tiles.has(video.id)) put(video);
    items.forEach(({ id }, index) => {
      const there = tiles.get(id).element;
      if (grid.children[index] !== there) grid.insertBefore(there, grid.children[index] || null);
    });
    ways(next);
    if (turned) announce(items.length ? `${items.length}${next ? " or more" : ""} videos.` : "No video matches.");
    return items.some(({ id }) => moving(tiles.get(id).video()));
  }

  /** The grid, or the words that there is nothing. */
  function frame(count) {
    const sought = search.sought().length > 0;
    const kind = count ? "grid" : sought ? "nothing-found" : "nothing-yet";
    if (count && grid) return;
    if (!count && element.dataset.kind === kind) return;
    element.dataset.kind = kind;
    tiles.clear();
    grid = count ? make("ul", { class: "grid" }) : null;
    foot = count ? make("nav", { class: "more", "aria-label": "Pages" }) : null;
    element.replaceChildren(...(count ? [grid, foot] : [document.getElementById(kind).content.cloneNode(true)]));
  }

  function put(video) {
    if (!grid) return refresh();
    if (!tiles.has(video.id)) {
      const made = document.getElementById("tile").content.cloneNode(true).querySelector(".tile");
      tiles.set(video.id, tileOf(made));
    }
    tiles.get(video.id).update(video);
  }

  function drop(id) {
    tiles.get(id).element.remove();
    tiles.delete(id);
  }

  function ways(next) {
    if (!foot) return;
    const turned = search.sought().some(([name]) => name === "cursor");
    fill(foot, `${turned} ${next}`, () => [
      turned ? make("a", { class: "button", rel: "newest", href: search.address("") }, "Newest") : null,
      next ? make("a", { class: "button", rel: "older", href: search.address(next) }, "Older") : null,
    ]);
  }

  async function eraseOne(video) {
    const neighbours = [...tiles.keys()];
    const after = neighbours[neighbours.indexOf(video.id) + 1];
    if (await erase(video, { seconds, restored, closed: () => focus(after) })) await refresh();
  }

  async function restored({ id }) {
    await refresh();
    focus(id);
  }

  function focus(id) {
    if (tiles.has(id)) tiles.get(id).focus();
    else heading.focus();
  }

  function tellOf({ code, message, hint, trace }) {
    tiles.clear();
    grid = foot = null;
    element.dataset.kind = "problem";
    element.replaceChildren(failure("The list cannot be shown", { code, message, hint, trace }));
  }

  element.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[rel], .empty a[href='/#videos']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault(); // an upload under way goes on
    if (link.rel) search.turn(new URL(link.href).searchParams.get("cursor") || "");
    else search.clear();
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  });
  document.addEventListener("visibilitychange", () => !document.hidden && refresh());
  tellWhatWasDeleted({ restored, closed: () => heading.focus() });
  const stream = follow(null, { changed: heard, gone, live: soon });
  refresh();
  return { refresh };
}
