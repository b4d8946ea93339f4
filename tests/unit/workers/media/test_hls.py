"""The one command that makes all renditions."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.allowed import MAX_DURATION, Input
from workers.media.hls import Recipe, command
from workers.media.ladder import plan
from workers.media.source import Source

SOURCE = read(video(duration="100.0"), audio())


def recipe(source: Source) -> Recipe:
    return Recipe(source, plan(640, 360, Fraction(25)))


def test_every_output_ends_by_itself() -> None:
    words = command(recipe(SOURCE), Input("file:clip.mp4", {}), Path(), zscale=False)
    assert words.count("-t") == words.count("-hls_time") == 3
    assert {words[at + 1] for at, word in enumerate(words) if word == "-t"} == {"107.000"}


@pytest.mark.parametrize(("reaches", "least"), [(None, 100), (50.0, 100), (300.0, 300)])
def test_neither_header_nor_packets_are_cut_off(reaches: float | None, least: float) -> None:
    limit = recipe(replace(SOURCE, reaches=reaches)).limit
    assert least * 1.01 + 0.5 < limit < least * 1.1


def test_an_end_that_nobody_knows_is_the_last_that_is_accepted() -> None:
    assert recipe(read(video())).limit > MAX_DURATION.total_seconds()
