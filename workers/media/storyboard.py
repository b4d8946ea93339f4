"""Small pictures of a whole video on a few sheets, and the WebVTT that says which stands for which time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path

import ffmpeg

from workers.media.errors import OutputIncomplete
from workers.media.faults import explain
from workers.media.process import BEHIND, ToolFailed, capture

COLUMNS = 10
SHEET = COLUMNS * 10
"""Tiles of a sheet: 1600x900 pixels in one request of about 200 kB."""
_MOST = 2 * SHEET
"""Tiles of a video: a bar on a screen has room for no more places that a pointer can tell apart."""
_LONG_SIDE = 160
"""Pixels of a tile, which is what players show above the bar."""
_IN_SEGMENT = 2
"""Keyframes of a segment, one every 2 s: a short video gets a tile for each."""
_WITHIN = timedelta(minutes=2)
_QUALITY = 5
"""Of JPEG, 2 to 31: at this size the next better one costs a third more and looks the same."""


@dataclass(frozen=True)
class Sheet:
    segments: tuple[int, ...]
    each: int
    """Tiles of a segment, at most."""

    @property
    def rows(self) -> int:
        return ceil(len(self.segments) * self.each / COLUMNS)


def sheets(count: int) -> list[Sheet]:
    """What stands on each sheet of a video of `count` segments, evenly spread over all of it."""
    each = _IN_SEGMENT if count * _IN_SEGMENT <= _MOST else 1
    wanted = range(0, count, ceil(count * each / _MOST))
    held = SHEET // each
    return [Sheet(tuple(wanted[at : at + held]), each) for at in range(0, len(wanted), held)]


def tile_size(width: int, height: int) -> tuple[int, int]:
    """As tall or as wide as the picture is, both sides even."""
    scale = _LONG_SIDE / max(width, height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


async def draw(clip: Path, sheet: Sheet, size: tuple[int, int], apart: float, picture: Path) -> list[float]:
    """Draws the keyframes of `clip` as tiles; returns the timestamp in seconds of each.

    `apart` are the seconds between the segments' starts, of which each is to have one tile or all it can.
    """
    decoded = ffmpeg.input(str(clip), skip_frame="nokey", copyts=None, threads=1)["v:0"]
    if sheet.each == 1:
        decoded = decoded.filter("select", f"isnan(prev_selected_t)+gte(t-prev_selected_t,{apart * 0.9:.3f})")
    tiles = decoded.filter("scale", *size, flags="area").filter("setsar", 1).filter_multi_output("split", 2)
    drawn = tiles[0].filter("tile", f"{COLUMNS}x{sheet.rows}")
    outputs = [
        ffmpeg.output(drawn, str(picture), **_ONE_PICTURE),
        ffmpeg.output(tiles[1], "pipe:1", f="framecrc", fps_mode="passthrough", enc_time_base="1/90000"),
    ]
    command = ffmpeg.merge_outputs(*outputs).compile(cmd=_START)
    try:
        said, _ = await capture([str(word) for word in command], within=_WITHIN, place=BEHIND)
    except ToolFailed as failure:
        raise explain(failure, otherwise=OutputIncomplete) from failure
    return list(_times(said.decode()))


def write_index(times: Sequence[Sequence[float]], size: tuple[int, int], duration: float) -> str:
    """WebVTT: from each tile's time to the next one's; `times` are those of each sheet."""
    width, height = size
    starts = [(start, sheet, tile) for sheet, of in enumerate(times) for tile, start in enumerate(of)]
    ends = [start for start, _, _ in starts[1:]] + [duration]
    told = ["WEBVTT\n"]
    for (start, sheet, tile), end in zip(starts, ends, strict=True):
        across, down = tile % COLUMNS * width, tile // COLUMNS * height
        told.append(
            f"{_clock(start)} --> {_clock(max(end, start))}\n"
            f"{sheet_name(sheet)}#xywh={across},{down},{width},{height}\n"
        )
    return "\n".join(told)


def sheet_name(number: int) -> str:
    return f"sheet-{number}.jpg"


_START = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", "-y"]
_ONE_PICTURE = {"frames:v": 1, "map_metadata": -1, "c:v": "mjpeg", "q:v": _QUALITY, "pix_fmt": "yuvj420p"}


def _times(said: str) -> Iterator[float]:
    """From lines such as `0, 900000, 900000, 1, 43200, 0x1b2e52a3` under their time base."""
    base = re.search(r"^#tb 0: (\d+)/(\d+)$", said, re.MULTILINE)
    if base is None:
        return
    for found in re.finditer(r"^0,\s*-?\d+,\s*(-?\d+),", said, re.MULTILINE):
        yield int(found[1]) * int(base[1]) / int(base[2])


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
