"""Shows the subtitles of an HLS master playlist in Chromium with hls.js, and says when they are there."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.playing import LIBRARY

_SHOW = """async ({ url, track, moments }) => {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const hls = new Hls();
  const errors = [];
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no cue came")), 30000));
  const until = async (holds) => {
    while (!holds()) await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 20))]);
  };
  hls.on(Hls.Events.ERROR, (_, { details }) => errors.push(details));
  hls.loadSource(url);
  hls.attachMedia(video);
  await until(() => hls.subtitleTracks.length > track && video.readyState >= 2);
  hls.subtitleTrack = track;
  hls.subtitleDisplay = true;
  const shown = () => [...video.textTracks].find(({ mode, cues }) => mode === "showing" && cues?.length);
  const seen = [];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2, 2];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (const moment of moments) {
    video.currentTime = moment;
    await until(() => !video.seeking && video.readyState >= 2);
    await until(() => shown() && [...shown().cues].some((cue) => Math.abs(cue.startTime - moment) < 60));
    await new Promise((resolve) => setTimeout(resolve, 300)); // which cues are active follows the time late
    context.drawImage(video, 0, 0, 2, 2);
    const words = [...shown().activeCues].map((cue) => cue.getCueAsHTML().textContent);
    seen.push([words, context.getImageData(0, 0, 1, 1).data[0]]);
  }
  const cues = [...shown().cues].map(({ startTime, endTime, text }) => [startTime, endTime, text]);
  const tracks = hls.subtitleTracks.map(({ name, lang, default: chosen }) => [name, lang ?? null, chosen]);
  hls.destroy();
  video.remove();
  return { errors, tracks, cues, seen };
}"""


@dataclass(frozen=True)
class Shown:
    errors: list[str]
    tracks: list[tuple[str, str | None, bool]]
    """Name, language, and whether it is shown unasked."""
    cues: list[tuple[float, float, str]]
    seen: list[tuple[list[str], int]]
    """At each moment: the words that are shown, and the red of the picture's corner."""


def show(page: Page, master: str, track: int, moments: list[float]) -> Shown:
    """`master` is an absolute URL whose origin also has hls.js under /assets."""
    parts = urlsplit(master)
    page.goto(f"{parts.scheme}://{parts.netloc}{LIBRARY}")  # any document of that origin will do
    page.add_script_tag(url=LIBRARY)
    said: dict[str, Any] = page.evaluate(_SHOW, {"url": master, "track": track, "moments": moments})
    return Shown(
        said["errors"],
        [tuple(one) for one in said["tracks"]],
        [tuple(one) for one in said["cues"]],
        [tuple(one) for one in said["seen"]],
    )
