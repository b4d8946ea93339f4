"""Bit rates as RFC 8216 section 4.1 defines them, from bytes and measured durations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cli.conformance.renditions import Rendition

_Pair = tuple[Fraction, int]


@dataclass(frozen=True)
class Rates:
    """Bits a second."""

    peak: Fraction
    average: Fraction


def rates(rendition: Rendition) -> Rates | None:
    """None unless every segment was measured. The peak is over runs of segments that last half to one and a
    half target durations; where there is no such run, it is the average."""
    pairs = [(segment.main.lasts, segment.size) for segment in rendition.segments if segment.main]
    seconds = sum(lasts for lasts, _ in pairs)
    if not rendition.whole or not seconds:
        return None
    target = max(rendition.playlist.target, *(round(lasts) for lasts, _ in pairs), 0)
    average = Fraction(sum(size for _, size in pairs) * 8) / seconds
    peaks = [size * 8 / lasts for start in range(len(pairs)) for lasts, size in _runs(pairs, start, target)]
    return Rates(max([average, *peaks]), average)


def _runs(pairs: Sequence[_Pair], start: int, target: int) -> Iterator[_Pair]:
    seconds, size = Fraction(0), 0
    for place in range(start, len(pairs)):
        seconds, size = seconds + pairs[place][0], size + pairs[place][1]
        if seconds > target * Fraction(3, 2):
            return
        if seconds >= Fraction(target, 2):
            yield seconds, size
