"""One MP4 of a rendition and the sound, without encoding anything again, in step as the renditions are."""

import json
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from workers.media.boxes import BrokenBoxes, fragments
from workers.media.errors import OutputIncomplete
from workers.media.faults import explain
from workers.media.hls import OFFSET
from workers.media.keeping import require_whole
from workers.media.process import ToolFailed, capture
from workers.media.retiming import lift

_COPYING = timedelta(hours=1)
"""Some 40 GB from a slow disk and back, twice: its index goes to the front in the end."""
_LOOKING = timedelta(minutes=1)
_APART = 0.02
"""Seconds that nobody notices between lips and voice."""


@dataclass(frozen=True)
class Part:
    """Init segment and all segments of one rendition, as one file."""

    file: Path
    seconds: float
    """That its playlist says it lasts."""


async def remux(video: Part | None, audio: Part | None, made: Path) -> None:
    """Writes `made`, its index first, so that it plays while it is still being downloaded.

    Each part keeps the clock of the renditions, which starts at `OFFSET`. Raises OutputIncomplete when a
    frame is missing or picture and sound are not in step.
    """
    parts = [part for part in (video, audio) if part is not None]
    try:
        counts = [fragments(part.file).frames for part in parts]
        late = lift(video.file) if video else Fraction(0)
    except BrokenBoxes as problem:
        raise OutputIncomplete(str(problem)) from problem
    streams = [_opened(part, -OFFSET - (late if part is video else 0)) for part in parts]
    written = ffmpeg.output(*streams, str(made), c="copy", movflags="+faststart", map_metadata=-1, f="mp4")
    await _run(written.compile(cmd=["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", "-y", "-copyts"]))
    require_whole(made)
    for part, count, stream in zip(parts, counts, await _streams(made), strict=True):
        _check(part, count, stream)


def _opened(part: Part, shift: Fraction | int) -> Any:
    return ffmpeg.input(str(part.file), itsoffset=f"{float(shift):.6f}", f="mov")["0"]


def _check(part: Part, count: int, stream: dict[str, Any]) -> None:
    """The sound starts up to a packet early, with what a decoder drops."""
    length, start = float(stream.get("duration", 0)), float(stream.get("start_time", 0))
    if int(stream.get("nb_frames", 0)) != count:
        raise OutputIncomplete(f"{stream.get('nb_frames')} of {count} frames came out.")
    if abs(start) > _APART or abs(length - part.seconds) > 2 * _APART:
        raise OutputIncomplete(f"It lasts {start:.3f} to {length:.3f} s, not 0 to {part.seconds:.3f} s.")


async def _streams(file: Path) -> list[dict[str, Any]]:
    asked = ["-show_entries", "stream=nb_frames,start_time,duration", "-of", "json", str(file)]
    answer = json.loads(await _run(["ffprobe", "-v", "error", *asked], _LOOKING))
    return list(answer["streams"])


async def _run(command: list[str], within: timedelta = _COPYING) -> bytes:
    try:
        output, _ = await capture([str(word) for word in command], within=within)
    except ToolFailed as failure:
        raise explain(failure, otherwise=OutputIncomplete) from failure
    return output
