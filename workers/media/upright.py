"""How a stored picture is turned, and how large it is as shown."""

import re
from dataclasses import dataclass
from fractions import Fraction

from workers.media.fields import Json, fraction, tag

_NAMED_TURN = re.compile(r"htc_video_rotA-(000|090|180|270)")
"""HTC phones wrote how to turn a picture into its track name; ExoPlayer heeds it (MatroskaExtractor)."""


@dataclass(frozen=True)
class Upright:
    """Degrees count clockwise."""

    width: int
    height: int
    rotation: int
    turn: int
    """The part of it that ffmpeg does not know of."""


def upright(stream: Json) -> Upright:
    turn = _named_turn(stream)
    rotation = (_rotation(stream) + turn) % 360
    coded = int(stream.get("width", 0)), int(stream.get("height", 0))
    width, height = _squared(*coded, fraction(stream.get("sample_aspect_ratio")))
    if rotation in (90, 270):
        width, height = height, width
    return Upright(width, height, rotation, turn)


def _rotation(stream: Json) -> int:
    """To the nearest quarter turn. ffprobe counts counter-clockwise, and an empty matrix gives nonsense."""
    degrees = next((side["rotation"] for side in stream.get("side_data_list", []) if "rotation" in side), 0)
    return round(-float(degrees) / 90) * 90 % 360 if abs(float(degrees)) <= 360 else 0


def _named_turn(stream: Json) -> int:
    named = _NAMED_TURN.fullmatch(tag(stream, "title") or "")
    return int(named[1]) if named else 0


def _squared(width: int, height: int, pixel: Fraction) -> tuple[int, int]:
    """The size with square pixels. A pixel ten times as wide as high is a broken header."""
    if not Fraction(1, 10) <= pixel <= 10:
        return width, height
    return round(width * pixel), height
