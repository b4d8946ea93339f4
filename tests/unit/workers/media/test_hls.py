"""The one command that makes all renditions."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.settings import MediaSettings
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


def made(first: int, until: int | None, names: tuple[str, ...] = ("360p",)) -> list[str]:
    part = RECIPE.part(names, first, until)
    return command(part, Input("file:clip.mp4", {}), Path(), zscale=False)


def after(word: str, words: list[str]) -> str:
    return words[words.index(word) + 1]


def test_a_part_enters_the_source_early_and_cuts_by_frames_with_some_to_look_at_on_either_side() -> None:
    words = made(3, 5)
    assert (after("-ss", words), after("-start_number", words)) == ("10.520000", "3")
    assert "-noaccurate_seek" in words
    assert "trim=end_pts=512:start_pts=288" in after("-filter_complex", words)
    assert "-copyts" in words


def test_what_was_only_looked_at_is_dropped_and_a_group_begins_with_the_part() -> None:
    middle, last = made(3, 5), made(3, None)
    assert after("-force_key_frames", middle) == after("-force_key_frames", last) == "expr:eq(n,12)"
    assert after("-bsf:v", middle) == "noise=drop='lt(n,12)+gte(n,212)'"
    assert after("-bsf:v", last) == "noise=drop='lt(n,12)'"


def test_the_first_part_is_read_from_the_start_on_the_clock_of_the_others() -> None:
    words = made(0, 2)
    assert "-ss" not in words
    assert "-copyts" in words
    assert "start_time=0" in after("-filter_complex", words)


def test_all_in_one_piece_leaves_the_clock_to_ffmpeg() -> None:
    words = made(0, None, ("360p", "240p", "audio"))
    assert words == command(RECIPE.whole, Input("file:clip.mp4", {}), Path(), zscale=False)
    assert not {"-ss", "-copyts", "-bsf:v", "-force_key_frames"} & set(words)


def test_what_was_stored_too_early_is_read_from_the_start_and_cut_alike() -> None:
    late = replace(RECIPE.part(("360p",), 3, 5), from_start=True)
    words = command(late, Input("file:clip.mp4", {}), Path(), zscale=False)
    assert "-ss" not in words
    assert "trim=end_pts=512:start_pts=288" in after("-filter_complex", words)


def test_a_small_rung_alone_shows_the_frames_that_it_shows_beside_a_large_one() -> None:
    fast = Recipe(RECIPE.source, plan(1280, 720, Fraction(60)))
    words = command(fast.part(("480p",), 2, 4), Input("file:clip.mp4", {}), Path(), zscale=False)
    graph = after("-filter_complex", words)
    assert "fps=fps=60" in graph
    assert "trim=end_pts=984:start_pts=456" in graph
    assert "framestep=2" in graph
    assert words.count("-hls_time") == 1


@pytest.mark.parametrize(
    "rate", [Fraction(24), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(50, 3)]
)
def test_a_segment_is_asked_for_a_hair_shorter_than_its_groups(rate: Fraction) -> None:
    recipe = Recipe(RECIPE.source, plan(1280, 720, rate))
    words = command(recipe.whole, Input("file:clip.mp4", {}), Path(), zscale=False)
    assert recipe.segment == 2 * recipe.rungs[0].group / rate
    assert recipe.segment - Fraction(1, 1000) < Fraction(after("-hls_time", words)) < recipe.segment


def test_another_preset_than_the_tuned_one_is_used_as_it_is() -> None:
    assert "me=dia" in after("-x264-params", made(0, 2))
    slow = Recipe(RECIPE.source, plan(640, 360, Fraction(25), MediaSettings(preset="slow", crf=20)))
    words = command(slow.whole, Input("file:clip.mp4", {}), Path(), zscale=False)
    assert "-x264-params" not in words
    assert (after("-preset", words), after("-crf", words)) == ("slow", "20")
