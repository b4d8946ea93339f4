"""What open streams of changes cost the API: `python -m bench.streams`.

It starts an installation of its own and looks at its API process alone, with nobody listening and with all
streams open: while nothing happens, a video is processed, and many videos are renamed twice a second.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cost import cpu_of
from bench.listeners import Listeners
from bench.memory import forget_peak, peak, proportional, resident
from bench.report import machine, table
from tests.installation import Installation
from tests.media import make_clip
from tests.processes import eventually

_CHEAP = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
_SEVERAL = 20
"""Videos that are renamed in turn."""
_RENAMES = 40
"""A second: every look finds each of them changed."""
_TITLE = 250


@dataclass(frozen=True)
class Phase:
    name: str
    resident: float
    proportional: float
    peak: float
    share: float
    """Of one core."""
    events: int
    """All streams together."""
    spread: float
    """Seconds between the first and the last stream, at most."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--still", type=int, default=20, help="How many of them read nothing.")
    parser.add_argument("--seconds", type=int, default=60, help="Length of the clip.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name:
        clip = make_clip(Path(name) / "clip.mp4", *_CHEAP, seconds=asked.seconds, size="1280x720")
        installation = Installation(Path(name) / "data").start()
        try:
            phases = measure(installation, clip, asked.streams, asked.still)
        finally:
            installation.close()
    print(f"{machine()}\n\n{figures(phases)}")
    return 0


def measure(
    installation: Installation, clip: Path, streams: int, still: int, seconds: float = 20
) -> list[Phase]:
    api, several = installation.pid("api"), some_videos(installation)
    happenings: dict[str, Callable[[], None]] = {
        "nothing happens": lambda: time.sleep(seconds),
        "a video is processed": lambda: process(installation, clip),
        f"{_SEVERAL} videos are renamed": lambda: rename(installation, several, seconds),
    }
    process(installation, clip)  # all that is loaded once is there
    alone = [phase(f"nobody listens; {name}", api, happens) for name, happens in happenings.items()]
    with listening(installation, streams, still) as heard:
        name = f"{streams} listen, {still} of them without reading"
        together = [phase(f"{name}; {what}", api, happens, heard) for what, happens in happenings.items()]
    return [*alone, *together]


def phase(name: str, api: int, happens: Callable[[], None], heard: Listeners | None = None) -> Phase:
    forget_peak(api)
    if heard:
        heard.forget()
    cpu, began = cpu_of(api), time.monotonic()
    happens()
    share = (cpu_of(api) - cpu) / (time.monotonic() - began)
    events, spread = (heard.events, heard.spread()) if heard else (0, 0.0)
    return Phase(name, resident(api), proportional(api), peak(api), share, events, spread)


@contextmanager
def listening(installation: Installation, streams: int, still: int) -> Iterator[Listeners]:
    with Listeners(installation.url, streams - still, still) as heard:
        eventually(lambda: heard.opened == streams, within=60)
        yield heard


def process(installation: Installation, clip: Path) -> None:
    video_id = installation.upload(clip)
    while installation.video(video_id)["status"] == "processing":
        time.sleep(1)  # rarely enough to cost nothing
    assert installation.video(video_id)["status"] == "ready"


def some_videos(installation: Installation) -> list[str]:
    """They need not be any that play."""
    post, junk = installation.client.post, b"not a video\n" * 100
    answers = [post("/v1/videos", params={"filename": "notes.mp4"}, content=junk) for _ in range(_SEVERAL)]
    ids = [str(answer.raise_for_status().json()["id"]) for answer in answers]
    for video_id in ids:
        installation.settled(video_id)
    return ids


def rename(installation: Installation, ids: list[str], seconds: float) -> None:
    began = time.monotonic()
    for number in range(int(seconds * _RENAMES)):
        title = f"{number} ".ljust(_TITLE, "x")
        path = f"/v1/videos/{ids[number % len(ids)]}"
        installation.client.patch(path, json={"title": title}).raise_for_status()
        time.sleep(max(0.0, began + number / _RENAMES - time.monotonic()))


def figures(phases: list[Phase]) -> str:
    alone = phases[: len(phases) // 2] * 2
    head = ("what", "RSS MiB", "PSS MiB", "over nobody", "peak MiB", "of one core", "events", "apart, s")
    rows = [
        (
            one.name,
            f"{one.resident:.0f}",
            f"{one.proportional:.0f}",
            f"{one.resident - before.resident:+.0f}",
            f"{one.peak:.0f}",
            f"{one.share:.3f}",
            one.events,
            f"{one.spread:.2f}" if one.events else "",
        )
        for one, before in zip(phases, alone, strict=True)
    ]
    return table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
