"""Which constant frame rate a source gets."""

from fractions import Fraction

import pytest

from tests.unit.workers.media.test_reading import picture
from workers.media.rates import divided, steady_rate

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("nominal", "average", "expected", "why"),
    [
        ("25/1", "25/1", Fraction(25), "what it is"),
        ("30000/1001", "30000/1001", NTSC, "what it is"),
        ("23040000/767849", "23040000/767849", Fraction(30), "a phone's clock that is a little off"),
        ("2997/125", "2997/125", Fraction(24000, 1001), "a rounded header"),
        ("600/1", "24600/1469", Fraction(30), "irregular frames, with room for all of them"),
        ("60/1", "1000/1", Fraction(60), "an average of too few frames"),
        ("1000/1", "0/0", Fraction(30), "a browser's recording that says nothing"),
        ("240/1", "240/1", Fraction(240), "slow motion, divided later"),
        ("1/20", "1/20", Fraction(6), "slides, each shown many times"),
        ("10/1", "10/1", Fraction(10), "what it is"),
    ],
)
def test_every_frame_gets_a_place(nominal: str, average: str, expected: Fraction, why: str) -> None:
    assert steady_rate(picture(r_frame_rate=nominal, avg_frame_rate=average)) == expected, why


def test_an_interlaced_source_is_counted_in_frames_not_fields() -> None:
    fields = picture(r_frame_rate="60000/1001", avg_frame_rate="30000/1001", field_order="tt")
    assert steady_rate(fields) == NTSC


@pytest.mark.parametrize(
    ("rate", "limit", "expected"),
    [
        (Fraction(240), 60, Fraction(60)),
        (Fraction(60000, 1001), 30, NTSC),
        (Fraction(50), 30, Fraction(25)),
        (Fraction(30), 30, Fraction(30)),
        (Fraction(100), 60, Fraction(50)),
    ],
)
def test_frames_are_left_out_evenly(rate: Fraction, limit: int, expected: Fraction) -> None:
    assert divided(rate, limit) == expected
