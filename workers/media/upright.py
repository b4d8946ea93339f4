"""How a stored picture is turned, and how large it is as shown."""

import re
from dataclasses import dataclass
from fractions import Fraction

from workers.media.fields import Json, fraction, tag

_NAMED_TURN = re.compile(r"htc_video_rotA-(000|090|180|270)")
"""HTC phones wrote how to turn a picture into its track name; ExoPlayer heeds it (MatroskaExtractor)."""

_NARROWEST = Fraction(1, 10)
"""A pixel ten times as high as wide, or as wide as high, is a broken header."""


@dataclass(frozen=True)
class Upright:
    """Degrees count clockwise."""

    width: int
    height: int
    rotation: int
    turn: int
    """The part of it that ffmpeg does not know of."""
    believed: bool
    """Whether the shape of its pixels is; they are taken as square else."""


def upright(stream: Json) -> Upright:
    turn = _named_turn(stream)
    rotation = (_rotation(stream) + turn) % 360
    coded = int(stream.get("width", 0)), int(stream.get("height", 0))
    pixel = fraction(stream.get("sample_aspect_ratio"))
    believed = not pixel or _NARROWEST <= pixel <= 1 / _NARROWEST
    width, height = (round(coded[0] * pixel), coded[1]) if pixel and believed else coded
    if rotation in (90, 270):
        width, height = height, width
    return Upright(width, height, rotation, turn, believed)


def _rotation(stream: Json) -> int:
    """To the nearest quarter turn. ffprobe counts counter-clockwise, and an empty matrix gives nonsense."""
    degrees = next((side["rotation"] for side in stream.get("side_data_list", []) if "rotation" in side), 0)
    return round(-float(degrees) / 90) * 90 % 360 if abs(float(degrees)) <= 360 else 0


def _named_turn(stream: Json) -> int:
    named = _NAMED_TURN.fullmatch(tag(stream, "title") or "")
    return int(named[1]) if named else 0
