"""The ladder: which renditions a source gets, and the encoder's numbers for each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.settings import MediaSettings
from workers.media.rates import FASTEST, FASTEST_SMALL, divided

GROUP_SECONDS = 2
"""Between keyframes: a seek decodes at most this much; shorter costs about 5 % more bits per halving."""
SEGMENT_GROUPS = 2
"""Groups in a segment, so 4 s: short enough to switch quality quickly, long enough for few requests."""

_BITS_PER_PIXEL = {2160: 0.07, 1440: 0.085, 1080: 0.10, 720: 0.11, 480: 0.12, 360: 0.15, 240: 0.17}
"""The cap, for each frame. Small pictures hold more detail in each pixel, so they are given more bits."""
_HALF_PRICE_ABOVE = 30
"""Frames beyond it are so like their neighbours that they cost about half."""
_BUFFER_SECONDS = 2
"""How far the cap may be overdrawn: a player holds more than one group before it starts."""
_SAME = 1.05
"""A source at most this much larger than a rung is scaled to it: 1088 lines are 1080 and padding."""
_APART = 1.25
"""A rung that is nearer than this to the source's own size looks the same and only costs time."""
_LONGEST = 8192
"""Pixels of the long side. H.264 goes no further, x264 opens up to twice as much; only pixels of odd shapes,
told by a header, reach beyond."""
_USUAL = MediaSettings()
"""What is made where nobody set anything."""


@dataclass(frozen=True)
class Rung:
    """One rendition to be made."""

    name: str
    width: int
    height: int
    rate: Fraction
    """Frames a second."""
    step: int
    """Which of the top rung's frames it shows: every one, or every second."""
    group: int
    """Frames between keyframes; the same time in every rung."""
    max_bit_rate: int
    buffer_bits: int
    crf: int = _USUAL.crf
    preset: str = _USUAL.preset


def plan(width: int, height: int, rate: Fraction, wanted: MediaSettings = _USUAL) -> tuple[Rung, ...]:
    """The rungs for a picture shown at `width` x `height`, the largest first, none larger than the source.

    The short side names a rung, so that a phone's upright video gets the same quality as a film.
    """
    shrink = min(Fraction(1), Fraction(_LONGEST, max(width, height)))
    short = max(1, int(min(width, height) * shrink))
    sides = _sides(short, sorted(set(wanted.ladder), reverse=True))
    rates = [_rate(side, rate) for side in sides]
    return tuple(
        _rung(
            side,
            min(Fraction(_LONGEST), Fraction(side, min(width, height)) * width),
            min(Fraction(_LONGEST), Fraction(side, min(width, height)) * height),
            own,
            rates,
            wanted,
        )
        for side, own in zip(sides, rates, strict=True)
    )


def _sides(short: int, wanted: Sequence[int]) -> list[int]:
    largest = next((side for side in wanted if side <= short), None)
    if largest is None:
        return [short]
    if largest == wanted[0] or short <= largest * _SAME:
        return [side for side in wanted if side <= largest]
    return [short, *(side for side in wanted if side * _APART <= short)]


def _rate(side: int, rate: Fraction) -> Fraction:
    return divided(divided(rate, FASTEST), FASTEST if side > 480 else FASTEST_SMALL)


def _rung(
    side: int,
    width: Fraction,
    height: Fraction,
    rate: Fraction,
    rates: list[Fraction],
    wanted: MediaSettings,
) -> Rung:
    even = _even(width), _even(height)
    cap = _cap(side, even[0] * even[1], float(rate))
    return Rung(
        name=f"{side}p",
        width=even[0],
        height=even[1],
        rate=rate,
        step=int(max(rates) / rate),
        # Counted at the slowest rate, so that keyframes fall on the same moments in every rung.
        group=round(min(rates) * GROUP_SECONDS) * int(rate / min(rates)),
        max_bit_rate=cap,
        buffer_bits=cap * _BUFFER_SECONDS,
        crf=wanted.crf,
        preset=wanted.preset,
    )


def _cap(side: int, pixels: int, rate: float) -> int:
    per_pixel = next((bits for known, bits in _BITS_PER_PIXEL.items() if known <= side), _BITS_PER_PIXEL[240])
    frames = min(rate, _HALF_PRICE_ABOVE) + max(0.0, rate - _HALF_PRICE_ABOVE) / 2
    return max(64_000, round(per_pixel * pixels * frames))


def _even(side: Fraction) -> int:
    """4:2:0 halves both sides."""
    return max(2, round(side / 2) * 2)
