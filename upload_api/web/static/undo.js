// Saying that a video was deleted, and taking it back. The notice stays for as long as that is possible, and longer
// while somebody points at it or has the focus in it.

import { announce } from "./announce.js";
import { command, remove, videoPath } from "./api.js";
import { button, make } from "./dom.js";
import { agreed } from "./question.js";

const LATER = "reelmill-deleted"; // of a video whose page is left for the list
const LEAST = 5000;

export const FOR_GOOD = "The video, its poster and everything that was made of it are removed. This cannot be undone.";

/**
 * Deletes, and says so; where it cannot be undone it asks first. `restored(video)` is called when it was taken back,
 * `closed()` when the notice goes. Returns whether it was deleted.
 */
export async function erase(video, { seconds, restored, closed }) {
  if (!seconds && !(await agreed(`Delete ${named(video)}?`, FOR_GOOD, "Delete"))) return false;
  await remove(videoPath(video.id));
  if (seconds) offer(video, { until: Date.now() + seconds * 1000, restored, closed });
  else announce(`${named(video)} was deleted.`);
  return true;
}

/** Deletes, and leaves it to the next page to say so. */
export async function eraseAndTellLater(video, seconds) {
  await remove(videoPath(video.id));
  const { id, title, filename } = video;
  if (seconds) keep({ id, title, filename, until: Date.now() + seconds * 1000 });
}

export function tellWhatWasDeleted(calls) {
  const video = takeOut();
  if (video && video.until > Date.now()) offer(video, { ...calls, until: video.until });
}

function keep(video) {
  try {
    sessionStorage.setItem(LATER, JSON.stringify(video));
  } catch {
    // The browser keeps nothing for this page: the list shows that the video is gone, and does not say so.
  }
}

function takeOut() {
  try {
    const told = sessionStorage.getItem(LATER);
    sessionStorage.removeItem(LATER);
    return JSON.parse(told);
  } catch {
    return null;
  }
}

const named = ({ title, filename }) => `“${title || filename}”`;

function offer(video, { until, restored, closed }) {
  const words = make("p", {}, `${named(video)} was deleted.`);
  const way = button("Undo", undo, { kind: "primary" });
  const away = button("Dismiss", () => close(true));
  const notice = make("div", { class: "notice", role: "group", "aria-label": "Deleted" }, words, make("div", {}, way, away));
  place().append(notice);
  announce(`${named(video)} was deleted. Undo is possible for ${Math.round((until - Date.now()) / 1000)} seconds.`);
  way.focus({ preventScroll: true });
  let timer = setTimeout(leave, Math.max(LEAST, until - Date.now()));
  notice.addEventListener("keydown", (event) => event.key === "Escape" && close(true));

  function leave() {
    const held = notice.matches(":hover") || notice.querySelector(":focus-visible");
    if (held) timer = setTimeout(leave, 1000);
    else close(notice.contains(document.activeElement));
  }

  async function undo() {
    way.disabled = true;
    try {
      const back = await (await command(videoPath(video.id), "restore")).json();
      announce(`${named(video)} is back.`);
      close(false);
      restored(back);
    } catch (problem) {
      words.textContent = `${problem.message} ${problem.hint}`;
      announce(words.textContent);
      way.hidden = problem.status === 404;
      way.disabled = false;
      (way.hidden ? away : way).focus({ preventScroll: true });
    }
  }

  function close(withFocus) {
    clearTimeout(timer);
    notice.remove();
    if (withFocus) closed?.();
  }
}

function place() {
  const there = document.getElementById("notices");
  if (there) return there;
  const made = make("section", { id: "notices", class: "notices", "aria-label": "Notices" });
  document.body.append(made);
  return made;
}
