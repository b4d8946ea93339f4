"""Which segments of a part may stand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.errors import Damaged, OutputIncomplete
from workers.media.joints import HeadMissing, Joints
from workers.media.ladder import plan
from workers.media.recipe import Part, Recipe
from workers.media.sending import Sent

RATE = 30_000
RECIPE = Recipe(read(video(duration="100.0"), audio()), plan(320, 240, Fraction(30000, 1001)))
FULL = 120
"""Frames, and with them 4.004 seconds."""


def segment(number: int, *, frames: int = FULL, late: int = 0) -> Sent:
    return Sent(1000, frames, 10 * RATE + number * FULL * 1001 + late, RATE)


def part(first: int, until: int | None) -> Part:
    return RECIPE.part(["240p"], first, until)


def test_a_segment_that_starts_where_it_does_in_one_piece_is_sent() -> None:
    Joints(part(2, 4)).judge("240p", 3, segment(3))


def test_a_first_segment_that_starts_late_lacks_its_head() -> None:
    with pytest.raises(HeadMissing, match=r"0\.033 seconds late"):
        Joints(part(2, 4)).judge("240p", 2, segment(2, late=1001))


@pytest.mark.parametrize(("number", "late"), [(3, 1), (3, 1001), (3, -1001), (2, -1001)])
def test_a_gap_or_an_overlap_of_a_tick_is_refused(number: int, late: int) -> None:
    with pytest.raises(OutputIncomplete):
        Joints(part(2, 4)).judge("240p", number, segment(number, late=late))


def test_a_part_with_all_of_its_frames_stands() -> None:
    Joints(part(2, 4)).check({"240p": {2: segment(2), 3: segment(3)}}, "")


def test_the_last_part_ends_where_the_source_does() -> None:
    Joints(part(24, None)).check({"240p": {24: segment(24, frames=117)}}, "")


@pytest.mark.parametrize("frames", [1, 60])
def test_also_where_its_clock_jumped_what_is_missing_is_found_by_who_encoded_it(frames: int) -> None:
    """Once all is joined nobody knows what ffmpeg said, and nothing can be tried again."""
    short = {"240p": {24: segment(24, frames=frames)}}
    with pytest.raises(OutputIncomplete, match=r"of 100\.0 seconds"):
        Joints(part(23, None)).check({"240p": {23: segment(23, frames=frames)}}, "")
    with pytest.raises(Damaged):
        Joints(part(24, None)).check(short, "corrupt input packet in stream 0")


def test_more_than_there_are_packets_for_is_made_of_a_clock_that_lies() -> None:
    with pytest.raises(Damaged, match=r"104\.1 of 100\.0"):
        Joints(part(25, None)).check({"240p": {25: segment(25)}}, "")


def test_of_a_film_whose_packets_were_counted_no_more_than_half_a_second_may_be_missing() -> None:
    source = replace(read(video(duration="1000.0"), audio()), scanned=True)
    film = Recipe(source, RECIPE.rungs).part(["240p"], 200, None)
    shorter = {number: segment(number) for number in range(200, 248)}
    with pytest.raises(OutputIncomplete, match=r"993\.0 of 1000\.0"):
        Joints(film).check({"240p": shorter}, "")
    whole = shorter | {248: segment(248), 249: segment(249, frames=89)}
    Joints(film).check({"240p": whole}, "")


@pytest.mark.parametrize(
    "segments",
    [
        {},
        {2: segment(2)},
        {3: segment(3), 4: segment(4)},
        {2: segment(2), 4: segment(4)},
        {2: segment(2, frames=FULL - 1), 3: segment(3)},
        {2: segment(2), 3: segment(3, frames=FULL - 1)},
        {2: segment(2), 3: segment(3, frames=FULL + 1)},
        {2: segment(2), 3: segment(3), 4: segment(4)},
    ],
)
def test_a_part_that_lacks_or_doubles_a_frame_is_refused(segments: dict[int, Sent]) -> None:
    with pytest.raises(OutputIncomplete):
        Joints(part(2, 4)).check({"240p": segments}, "")


def test_what_cannot_be_decoded_to_its_end_is_damaged_and_says_how_far() -> None:
    with pytest.raises(Damaged) as refused:
        Joints(part(2, 4)).check({"240p": {2: segment(2)}}, "Error while decoding stream #0:0")
    assert "4.0 of 8.0 seconds" in str(refused.value.plain)


def test_a_gap_in_the_sound_is_refused() -> None:
    sound = RECIPE.part(["audio"], 0, None)
    whole = {0: Sent(100, 188, 478_976, 48_000), 1: Sent(100, 187, 478_976 + 188 * 1024, 48_000)}
    Joints(sound).check({"audio": whole}, "")
    with pytest.raises(OutputIncomplete):
        Joints(sound).check({"audio": {**whole, 0: Sent(100, 187, 478_976, 48_000)}}, "")
