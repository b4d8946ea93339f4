"""Frame rates: which constant rate keeps a source in time, and which part of it a rendition shows."""

from fractions import Fraction
from math import ceil

from workers.media.source import Picture

FASTEST = 60
"""Screens and eyes gain nothing above it, and every frame is encoded."""
FASTEST_SMALL = 30
"""Up to 480 lines a rendition is there for slow lines, where bits go further in fewer frames."""
_SLOWEST = 6
"""Below it a two-second group has too few frames to be placed in; a slideshow is shown as copies."""
_IRREGULAR = Fraction(30)
"""At least, for frames without a beat: phones and screen recorders drop frames out of 30 a second."""

_FILM, _PHONE, _SPORT = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)
_USUAL = (
    _FILM,
    Fraction(24),
    Fraction(25),
    _PHONE,
    Fraction(30),
    Fraction(48),
    Fraction(50),
    _SPORT,
    Fraction(60),
)
_NEAR = Fraction(1, 200)
_EVENLY = Fraction(1, 10)


def steady_rate(picture: Picture) -> Fraction:
    """A constant rate, possibly above `FASTEST`, at which every frame of the source has a place."""
    nominal, average = picture.nominal_rate, picture.average_rate
    if picture.interlaced and average:
        return _usual(average)  # the nominal one counts fields there
    if 0 < nominal <= FASTEST * (1 + _NEAR):
        return _usual(nominal * ceil(_SLOWEST / nominal))
    if average and abs(nominal - average) <= average * _EVENLY and nominal <= 300:
        return _usual(nominal)
    return _above(average)


def divided(rate: Fraction, limit: int) -> Fraction:
    """`rate` over the smallest whole number that brings it to `limit`: frames are left out evenly."""
    return rate / ceil(rate / limit - _NEAR)


def _usual(rate: Fraction) -> Fraction:
    """The usual rate that `rate` is meant to be: clocks of cameras and rounded headers are a little off."""
    nearest = min(_USUAL, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) <= rate * _NEAR else rate


def _above(average: Fraction) -> Fraction:
    """The slowest usual rate that has room for frames without a beat."""
    if not 0 < average <= FASTEST:
        return _IRREGULAR
    return next(usual for usual in _USUAL if usual >= max(_IRREGULAR, average * (1 - _NEAR)))
