"""The one command that makes all renditions."""

from fractions import Fraction
from pathlib import Path

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.allowed import Input
from workers.media.hls import command
from workers.media.ladder import plan
from workers.media.recipe import Recipe

RECIPE = Recipe(read(video(duration="100.0"), audio()), plan(640, 360, Fraction(25)))


def test_every_output_ends_by_itself() -> None:
    words = command(RECIPE.whole, Input("file:clip.mp4", {}), Path(), zscale=False)
    assert words.count("-t") == words.count("-hls_time") == 3
    assert {words[at + 1] for at, word in enumerate(words) if word == "-t"} == {"107.000"}
