"""How many frames the whole becomes."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.ladder import plan
from workers.media.length import length
from workers.media.source import Source

RUNGS = plan(320, 240, Fraction(25))


def source(picture: str, sound: str | None) -> Source:
    streams = [video(duration=picture), *([audio(duration=sound)] if sound else [])]
    return replace(read(*streams), scanned=True)


@pytest.mark.parametrize(
    ("picture", "sound", "frames"),
    [
        ("2.0", None, 50),
        ("2.0", "2.0", 50),
        ("2.0", "1.0", 50),  # silence is for the sound to add
        ("2.0", "2.046", 50),  # what AAC fills its last frame up with
        ("2.0", "3.0", 75),
        ("2.0", "3.01", 76),
        ("0.001", None, 1),
    ],
)
def test_the_picture_stays_until_the_sound_ends(picture: str, sound: str | None, frames: int) -> None:
    found = length(source(picture, sound), RUNGS)
    assert found is not None
    assert found.frames == frames
    assert found.seconds == frames / 25


def test_no_more_copies_are_made_than_the_sound_needs() -> None:
    held, not_held = length(source("2.0", "3.0"), RUNGS), length(source("2.0", "2.0"), RUNGS)
    assert held is not None
    assert not_held is not None
    assert held.spare - not_held.spare == 25
    assert not_held.spare < 5


def test_an_end_that_is_only_declared_or_guessed_is_no_end() -> None:
    assert length(replace(source("2.0", "2.0"), scanned=False), RUNGS) is None
    assert length(source("2.0", "2.0"), ()) is None
