"""Chooses the picture that stands for a video, and cuts it out: not black, not blank, not a fade."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev

import ffmpeg

from workers.media.faults import explain
from workers.media.process import ToolFailed, capture

CANDIDATES_PER_SECOND = 2
_WIDTH, _HEIGHT = 64, 36
"""Of the picture that is scored: enough to tell light from dark and plain from busy."""
_BLACK, _WHITE = 24.0, 232.0
"""Mean luma (16 to 235) beyond which nothing can be seen."""
_WITHIN = timedelta(seconds=60)
_SIZES = {"large": 1280, "small": 480}
"""Longest side: a page's player, and a list."""


@dataclass(frozen=True)
class Candidate:
    segment: int
    at: float
    """Seconds from the segment's start."""
    score: float


def spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` of `count` segments, evenly spread, away from both ends where titles and fades are."""
    if count <= wanted:
        return list(range(count))
    return [round((number + 0.5) * count / wanted - 0.5) for number in range(wanted)]


async def candidates(clip: Path, segment: int) -> list[Candidate]:
    """The pictures of `clip` (an init segment and a segment), two a second, scored."""
    small = (
        ffmpeg.input(str(clip))
        .filter("setpts", "PTS-STARTPTS")
        .filter("fps", CANDIDATES_PER_SECOND, round="near", eof_action="pass")
        .filter("scale", _WIDTH, _HEIGHT, flags="area")
        .output("pipe:1", f="rawvideo", pix_fmt="gray")
    )
    raw = await _run(small)
    size = _WIDTH * _HEIGHT
    pictures = [raw[start : start + size] for start in range(0, len(raw) - size + 1, size)]
    return [
        Candidate(segment, n / CANDIDATES_PER_SECOND, score(picture)) for n, picture in enumerate(pictures)
    ]


def score(picture: bytes) -> float:
    """Higher is better: contrast and detail, in the middle of the range. Never above 0 for black or white."""
    mean, contrast = fmean(picture), pstdev(picture)
    if not _BLACK < mean < _WHITE:
        return -abs(mean - 128)
    detail = fmean(abs(left - right) for left, right in pairwise(picture))
    return contrast + 2 * detail - abs(mean - 128) / 4


async def cut(clip: Path, at: float, folder: Path) -> list[Path]:
    """The picture `at` seconds into `clip`, in both sizes, as WebP and as JPEG."""
    chosen = (
        ffmpeg.input(str(clip)).filter("setpts", "PTS-STARTPTS").filter("select", f"gte(t,{at:.3f}-0.01)")
    )
    branches = chosen.filter_multi_output("split", len(_SIZES) * 2)
    outputs, paths = [], []
    for number, (name, side) in enumerate(_SIZES.items()):
        for offset, (kind, options) in enumerate(_KINDS.items()):
            path = folder / f"{name}.{kind}"
            scaled = branches[number * 2 + offset].filter("scale", **_fitting(side))
            outputs.append(ffmpeg.output(scaled, str(path), **{"frames:v": 1, "map_metadata": -1}, **options))
            paths.append(path)
    await _run(ffmpeg.merge_outputs(*outputs))
    return paths


_KINDS = {
    "webp": {"c:v": "libwebp", "quality": 80, "pix_fmt": "yuv420p"},
    "jpg": {"c:v": "mjpeg", "q:v": 3, "pix_fmt": "yuvj420p"},
}


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
