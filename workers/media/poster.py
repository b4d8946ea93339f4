"""Chooses the picture that stands for a video, and cuts it out: not black, not blank, not a fade."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import ffmpeg

from workers.media.faults import explain
from workers.media.process import ToolFailed, capture

_PER_SECOND = 2
_WIDTH, _HEIGHT = 64, 36
"""Of the picture that is scored: enough to tell light from dark and plain from busy."""
_BLACK, _WHITE = 24.0, 232.0
"""Mean luma (16 to 235) beyond which nothing can be seen."""
_WITHIN = timedelta(seconds=60)
_SIZES = {"large": 1280, "small": 480}
"""Longest side: a page's player, and a list."""
_ONE_PICTURE = {"frames:v": 1, "map_metadata": -1}
_KINDS: dict[str, dict[str, str | int]] = {
    "webp": {"c:v": "libwebp", "quality": 80, "pix_fmt": "yuv420p"},
    "jpg": {"c:v": "mjpeg", "q:v": 3, "pix_fmt": "yuvj420p"},
}


@dataclass(frozen=True)
class Candidate:
    segment: int
    number: int
    """Among those that are looked at in the segment."""
    score: float


def spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of `count` segments, evenly spread, away from both ends where titles and fades are."""
    if count <= wanted:
        return list(range(count))
    return [round((number + 0.5) * count / wanted - 0.5) for number in range(wanted)]


async def candidates(clip: Path, segment: int) -> list[Candidate]:
    """The pictures of `clip` (an init segment and a segment), two a second, scored."""
    small = _looked_at(clip).filter("scale", _WIDTH, _HEIGHT, flags="area")
    raw = await _run(small.output("pipe:1", f="rawvideo", pix_fmt="gray"))
    size = _WIDTH * _HEIGHT
    pictures = [raw[start : start + size] for start in range(0, len(raw) - size + 1, size)]
    sure = pictures[:-1] or pictures  # the last may lie behind the end of a rendition with another rate
    return [Candidate(segment, number, score(picture)) for number, picture in enumerate(sure)]


def score(picture: bytes) -> float:
    """Higher is better: contrast and detail, in the middle of the range. Never above 0 for black or white."""
    mean, contrast = fmean(picture), pstdev(picture)
    if not _BLACK < mean < _WHITE:
        return -abs(mean - 128)
    detail = fmean(abs(left - right) for left, right in pairwise(picture))
    return contrast + 2 * detail - abs(mean - 128) / 4


async def cut(clip: Path, number: int, folder: Path) -> list[Path]:
    """That candidate of `clip`, the same segment in a larger rendition: in both sizes, as WebP and JPEG."""
    chosen = _looked_at(clip).filter("select", f"eq(n,{number})")
    wanted = {folder / f"{size}.{kind}": (side, kind) for size, side in _SIZES.items() for kind in _KINDS}
    branches = chosen.filter_multi_output("split", len(wanted))
    outputs = [
        ffmpeg.output(
            branches[n].filter("scale", **_fitting(side)), str(path), **_ONE_PICTURE, **_KINDS[kind]
        )
        for n, (path, (side, kind)) in enumerate(wanted.items())
    ]
    await _run(ffmpeg.merge_outputs(*outputs))
    return list(wanted)


def _looked_at(clip: Path) -> Any:
    """`number` counts what comes out of here, in every rendition alike."""
    return (
        ffmpeg.input(str(clip), threads=1)
        .filter("setpts", "PTS-STARTPTS")
        .filter("fps", _PER_SECOND, round="near", eof_action="pass")
    )


def _fitting(side: int) -> dict[str, str | int]:
    """Within `side` by `side`, never larger than it was."""
    return {
        "w": f"min(iw,{side})",
        "h": f"min(ih,{side})",
        "force_original_aspect_ratio": "decrease",
        "flags": "lanczos",
    }


async def _run(graph: object) -> bytes:
    start = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", "-y"]
    try:
        output, _ = await capture([str(word) for word in ffmpeg.compile(graph, cmd=start)], within=_WITHIN)
    except ToolFailed as failure:
        raise explain(failure) from failure
    return output
