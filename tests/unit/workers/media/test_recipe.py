"""A recipe as it goes with events."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.allowed import MAX_DURATION
from workers.media.ladder import plan
from workers.media.recipe import Recipe, recipe_from, recipe_json
from workers.media.source import Source

SOURCE = read(video(duration="100.0"), audio())
RECIPES = {
    "film": Recipe(SOURCE, plan(1920, 1080, Fraction(60000, 1001))),
    "counted": Recipe(replace(SOURCE, reaches=99.96), plan(640, 360, Fraction(25))),
    "silent": Recipe(read(video()), plan(64, 64, Fraction(25))),
    "sound": Recipe(read(audio()), ()),
}


def recipe(source: Source) -> Recipe:
    return Recipe(source, plan(640, 360, Fraction(25)))


@pytest.mark.parametrize("name", RECIPES)
def test_comes_back_from_json_exactly_as_it_was(name: str) -> None:
    given = RECIPES[name]
    assert recipe_from(json.loads(json.dumps(recipe_json(given)))) == given


def test_leaves_the_files_tags_behind() -> None:
    tagged = replace(SOURCE, tags={"lyrics": "la" * 100_000})
    assert recipe_from(recipe_json(recipe(tagged))).source == replace(tagged, tags={})
    assert len(json.dumps(recipe_json(recipe(tagged)))) < 10_000


def test_what_a_newer_worker_adds_is_passed_over() -> None:
    assert recipe_from({**recipe_json(recipe(SOURCE)), "new": 1}) == recipe(SOURCE)


def test_refuses_what_is_no_recipe() -> None:
    with pytest.raises(ValueError, match="source"):
        recipe_from({"rungs": []})


def test_what_an_older_worker_did_not_know_is_not_asked_for() -> None:
    plain = recipe_json(recipe(SOURCE))
    del plain["source"]["keyframe_gap"]
    assert recipe_from(plain) == recipe(SOURCE)


@pytest.mark.parametrize(
    ("gap", "first", "unheard"), [(0, 10, 40), (0, 900, 120), (2000, 900, 2000), (9999, 900, 3600)]
)
def test_a_part_may_have_to_decode_back_to_a_keyframe_but_never_beyond_the_start(
    gap: float, first: int, unheard: float
) -> None:
    part = recipe(replace(SOURCE, keyframe_gap=gap)).part(("360p",), first, first + 8)
    assert part.unheard == unheard
    assert replace(part, from_start=True).unheard == first * 4


@pytest.mark.parametrize(("reaches", "least"), [(None, 100), (50.0, 100), (300.0, 300)])
def test_neither_header_nor_packets_are_cut_off(reaches: float | None, least: float) -> None:
    limit = recipe(replace(SOURCE, reaches=reaches)).limit
    assert least * 1.01 + 0.5 < limit < least * 1.1


def test_an_end_that_nobody_knows_is_the_last_that_is_accepted() -> None:
    assert recipe(read(video())).limit > MAX_DURATION.total_seconds()


def test_what_is_encoded_alone_is_late_by_what_ffmpeg_does_not_see_of_the_other() -> None:
    """Only where it counts from the streams that it reads, and not from the start that a header tells."""
    streams = video(start_time="2.9", duration="4.0"), audio(start_time="1.4", duration="4.0")
    jumping = recipe(read(*streams, format_name="mpegts", start_time="1.4"))
    told = recipe(read(*streams, format_name="matroska,webm", start_time="1.4"))
    picture = jumping.source.video
    assert picture is not None
    assert jumping.part(["360p"], 0, None).late(picture) == pytest.approx(1.5)
    assert jumping.part(["360p"], 0, None).clock.origin == pytest.approx(-1.5)
    assert jumping.whole.late(picture) == 0
    assert told.part(["360p"], 0, None).late(picture) == 0
