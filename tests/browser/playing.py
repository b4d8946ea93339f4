"""Plays an HLS master playlist to its end in Chromium with hls.js, as the page's player does, only faster."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

LIBRARY = "/assets/hls.js/hls.min.js"
STUCK_AFTER = 15.0
"""Seconds in which the time does not move on: longer than anything takes on a busy machine."""

_PLAY = """async ({ url, rate, level, stuckAfter }) => {
  const { endWhenWhole } = await import("/assets/static/short.js");
  const IN_HAND = 0.5; // seconds; who stops with more than that, or all, cannot decode fast enough
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  const hls = new Hls({ startLevel: level ?? -1, capLevelToPlayerSize: false });
  const said = { errors: [], stalls: [], overtaxed: [], ranges: 0, levels: 0 };
  let started = false;
  let moved = performance.now();
  hls.on(Hls.Events.ERROR, (_, { details, fatal, error }) => {
    const slow = details === "bufferStalledError" && !fatal && hasEnough();
    (slow ? said.overtaxed : said.errors).push(`${fatal ? "fatal " : ""}${details}: ${error?.message || ""}`);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
    said.levels = levels.length;
    if (level !== null) hls.loadLevel = level;
  });
  const ahead = () => {
    const { buffered, currentTime } = video;
    for (let at = 0; at < buffered.length; at++)
      if (buffered.start(at) <= currentTime && currentTime <= buffered.end(at))
        return buffered.end(at) - currentTime;
    return 0;
  };
  const hasEnough = () => ahead() > IN_HAND || video.currentTime + ahead() > video.duration - 0.1;
  video.addEventListener("playing", () => (started = true));
  video.addEventListener("timeupdate", () => (moved = performance.now()));
  video.addEventListener("progress", () => (said.ranges = Math.max(said.ranges, video.buffered.length)));
  video.addEventListener("waiting", () => {
    if (!started || video.ended) return;
    if (hasEnough()) said.overtaxed.push(`waiting at ${video.currentTime}`);
    else said.stalls.push(video.currentTime);
  });
  const why = new Promise((resolve) => {
    video.addEventListener("ended", () => resolve("ended"));
    video.addEventListener("error", () => resolve(`media error ${video.error.code}: ${video.error.message}`));
    hls.on(Hls.Events.ERROR, (_, { fatal }) => fatal && resolve("fatal"));
    setInterval(() => performance.now() - moved > stuckAfter * 1000 && resolve("stuck"), 250);
  });
  endWhenWhole(Hls, hls);
  hls.loadSource(url);
  hls.attachMedia(video);
  video.playbackRate = video.defaultPlaybackRate = rate;
  video.play().catch((error) => said.errors.push(String(error))); // not awaited: it may never come to that
  const end = await why;
  const details = hls.levels[hls.currentLevel]?.details ?? hls.latestLevelDetails;
  const quality = video.getVideoPlaybackQuality();
  const answer = {
    ...said,
    end,
    time: video.currentTime,
    duration: video.duration,
    listed: details?.totalduration ?? 0,
    buffered_to: video.buffered.length ? video.buffered.end(video.buffered.length - 1) : 0,
    width: video.videoWidth,
    height: video.videoHeight,
    frames: quality.totalVideoFrames,
    sound_bytes: video.webkitAudioDecodedByteCount,
  };
  hls.destroy();
  video.remove();
  return answer;
}"""


@dataclass(frozen=True)
class Played:
    end: str
    """`ended`, or what ended it before."""
    errors: list[str]
    """What hls.js complained of, fatal or not."""
    stalls: list[float]
    """Where it ran out of what to play after it had begun."""
    overtaxed: list[str]
    """Where it stood still with more to play in hand: the machine decodes too slowly for the rate asked."""
    ranges: int
    """The most buffered ranges at a time: more than one is a gap."""
    levels: int
    time: float
    duration: float
    listed: float
    """Seconds, as the media playlist adds up."""
    buffered_to: float
    width: int
    height: int
    frames: int
    sound_bytes: int

    @property
    def complaints(self) -> list[str]:
        """Everything that must not be; empty for what plays to its end as it should."""
        found = [*self.errors, *self.overtaxed, *(f"stalled at {at:.3f} s" for at in self.stalls)]
        if self.end != "ended":
            found.append(f"{self.end} at {self.time:.3f} of {self.duration:.3f} s")
        if self.ranges > 1:
            found.append(f"{self.ranges} buffered ranges: there is a gap")
        if abs(self.duration - self.listed) > _FRAME_OR_TWO:
            found.append(f"{self.duration:.3f} s, but its playlist says {self.listed:.3f} s")
        return found


_FRAME_OR_TWO = 0.1
"""Seconds by which sound and picture may end apart."""


def play_to_the_end(page: Page, master: str, *, rate: float = 8, level: int | None = None) -> Played:
    """`master` is an absolute URL whose origin also has hls.js under /assets; `level` pins a variant. Where
    the machine is too slow for the rate, that is halved, down to real time."""
    played = _play(page, master, rate, level)
    while played.overtaxed and rate > 1:
        rate /= 2
        played = _play(page, master, rate, level)
    return played


def _play(page: Page, master: str, rate: float, level: int | None) -> Played:
    parts = urlsplit(master)
    page.goto(f"{parts.scheme}://{parts.netloc}{LIBRARY}")  # any document of that origin will do
    page.add_script_tag(url=LIBRARY)
    asked = {"url": master, "rate": rate, "level": level, "stuckAfter": STUCK_AFTER}
    said: dict[str, Any] = page.evaluate(_PLAY, asked)
    return Played(**said)
