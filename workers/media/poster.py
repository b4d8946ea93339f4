"""Chooses the picture that stands for a video, and cuts it out: not black, not blurred, not a fade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from operator import sub
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import ffmpeg

from workers.media.errors import OutputIncomplete
from workers.media.faults import explain
from workers.media.process import ToolFailed, capture

_PER_SECOND = 2
_WIDTH, _HEIGHT = 160, 90
"""Of the picture that is scored: enough to tell sharp from blurred, and milliseconds each."""
_BLACK, _WHITE = 24.0, 232.0
"""Mean luma (16 to 235) beyond which nothing can be seen."""
_DIM, _GLARING = 50.0, 200.0
"""Mean luma beyond which it is hard to see anything in a list."""
_SHARPNESS = 2
"""Weight beside contrast: in film, contrast is 40 to 60 whatever the lens does, sharpness 5 to 40."""
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
    restless = unrest(sure)
    return [
        Candidate(segment, number, score(picture) - restless[number]) for number, picture in enumerate(sure)
    ]


def score(picture: bytes) -> float:
    """Higher is better: contrast and sharpness, not too dark or bright. Below 0 for black or white.

    A fade takes as much from both as from the light; a blur leaves the contrast and takes the sharpness.
    """
    mean = fmean(picture)
    if not _BLACK < mean < _WHITE:
        return -abs(mean - 128)
    off = max(_DIM - mean, mean - _GLARING, 0.0) / 2
    return pstdev(picture) + _SHARPNESS * _sharpness(picture) - off


def unrest(pictures: Sequence[bytes]) -> list[float]:
    """How much each differs, in luma, from both of its neighbours: fades, flashes and dissolves do, while a
    picture beside a cut is like one of them."""
    steps = [fmean(map(abs, map(sub, one, other))) for one, other in pairwise(pictures)]
    return [min(steps[max(0, n - 1) : n + 1], default=0.0) for n in range(len(pictures))]


def _sharpness(picture: bytes) -> float:
    """Mean of the Laplacian: how much each pixel differs from what its four neighbours suggest."""
    row, inner = _WIDTH, len(picture) - _WIDTH
    beside = zip(picture[row - 1 : inner - 1], picture[row + 1 : inner + 1], strict=True)
    above_and_below = zip(picture[: inner - row], picture[2 * row :], strict=True)
    around = zip(picture[row:inner], beside, above_and_below, strict=True)
    return fmean(abs(4 * here - sum(sides) - sum(ends)) for here, sides, ends in around)


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
        raise explain(failure, otherwise=OutputIncomplete) from failure
    return output
