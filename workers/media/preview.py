"""A few seconds of a video without sound, for a list in which the pointer rests on it.

H.264 in MP4 alone: every browser plays it, and an animated WebP of the same pictures is four times as large.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import ffmpeg

from workers.media.errors import OutputIncomplete
from workers.media.faults import explain
from workers.media.keeping import require_whole
from workers.media.poster import spread
from workers.media.probe import look
from workers.media.process import BEHIND, ToolFailed, capture

CUTS = 3
"""Beginning, middle and end: what the video is about, in the time that somebody rests on it."""
SECONDS = 1.5
"""Of each cut: less is a flicker."""
_LONG_SIDE = 480
"""Pixels: a tile of a list, on a dense screen too."""
_RATE = 15
"""Frames a second at most: half the bytes, and a preview need not be smooth."""
_ENCODER = {"c:v": "libx264", "preset": "medium", "crf": 28, "pix_fmt": "yuv420p", "g": 45}
"""Seconds of work whatever the preset; a CRF above the renditions' for about 100 kB in all."""
_WITHIN = timedelta(minutes=2)


def chosen(count: int) -> list[int]:
    """Which of `count` segments the cuts begin with, away from both ends where titles and fades are."""
    return spread(count, CUTS)


async def cut(clips: Sequence[Path], preview: Path) -> None:
    """Writes the starts of `clips` one after another. Raises OutputIncomplete when nothing came of it."""
    parts = [_part(clip) for clip in clips]
    joined = ffmpeg.concat(*parts, v=1, a=0) if len(parts) > 1 else parts[0]
    written = ffmpeg.output(joined, str(preview), **_ENCODER, movflags="+faststart", map_metadata=-1)
    command = written.compile(cmd=["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", "-y"])
    try:
        await capture([str(word) for word in command], within=_WITHIN, place=BEHIND)
    except ToolFailed as failure:
        raise explain(failure, otherwise=OutputIncomplete) from failure
    require_whole(preview)
    made = await look(str(preview))
    if made.video is None or not made.duration:
        raise OutputIncomplete("The preview holds no picture.")


def _part(clip: Path) -> Any:
    fitting = {"w": f"min(iw,{_LONG_SIDE})", "h": f"min(ih,{_LONG_SIDE})"}
    return (
        ffmpeg.input(str(clip), threads=1)["v:0"]
        .filter("setpts", "PTS-STARTPTS")
        .filter("trim", duration=SECONDS)
        .filter("fps", f"min(source_fps,{_RATE})")
        .filter("scale", **fitting, force_original_aspect_ratio="decrease", force_divisible_by=2)
        .filter("setsar", 1)
    )
