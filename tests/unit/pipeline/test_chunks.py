"""How a video in chunks grows: what may begin, when it can be watched, when all of it is there."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.chunks import (
    DONE,
    PLANNED,
    ChunkState,
    Growth,
    covered,
    playable,
    request,
    room,
)
from pipeline.events import ChunkRequested, HeadRequested, Made, SoundRequested
from tests.chain import made, plan_of

PLAN = plan_of(10).model_copy(update={"chunks": ()})


def chunks(count: int = 10, *, sound: bool = True) -> list[ChunkState]:
    planned = plan_of(count, sound=sound).chunks
    return [
        ChunkState(number=number, state=PLANNED, **chunk.model_dump()) for number, chunk in enumerate(planned)
    ]


def moved(rows: Sequence[ChunkState], state: str, *numbers: int) -> list[ChunkState]:
    return [replace(row, state=state) if row.number in numbers else row for row in rows]


def finished(rows: Sequence[ChunkState], *numbers: int, took: float = 1.0) -> list[ChunkState]:
    return [
        replace(row, state=DONE, prefix=f"v/1/transcode/{row.number}/", took=took)
        if row.number in numbers
        else row
        for row in rows
    ]


def grown(rows: Sequence[ChunkState], number: int, *what: Made) -> list[ChunkState]:
    return [replace(row, made=what) if row.number == number else row for row in rows]


def numbers(rows: Sequence[ChunkState]) -> list[int]:
    return [row.number for row in rows]


def growth(rows: Sequence[ChunkState], **plan: object) -> Growth:
    return Growth(PLAN.model_copy(update=plan), tuple(rows))


def test_at_first_each_queue_has_room_for_its_window() -> None:
    assert room({}, {"head": 2, "tail": 3}) == {"head": 2, "tail": 3}


def test_what_is_requested_and_not_done_takes_room() -> None:
    assert room({"head": 1, "tail": 3}, {"head": 2, "tail": 3}) == {"head": 1}


def test_a_window_that_shrank_takes_nothing_back() -> None:
    assert room({"tail": 5}, {"tail": 2}) == {}


def test_a_queue_without_a_window_has_no_room() -> None:
    assert room({"tail": 1}, {"head": 2}) == {"head": 2}


@pytest.mark.parametrize(("number", "kind"), [(0, HeadRequested), (1, SoundRequested), (3, ChunkRequested)])
def test_a_chunk_goes_to_its_queue_with_all_that_its_worker_needs(
    number: int, kind: type[ChunkRequested]
) -> None:
    chunk = chunks()[number]
    asked = request(chunk, PLAN)
    assert type(asked) is kind
    assert (asked.number, asked.first, asked.until) == (number, chunk.first, chunk.until)
    assert (asked.source, asked.recipe) == (PLAN.source, PLAN.recipe)


def test_only_what_is_there_without_a_gap_is_covered() -> None:
    rows = finished(chunks(), 0, 2, 4)
    assert covered(growth(rows), "360p") == 16.0


def test_a_chunk_that_grows_covers_what_it_has_told_of() -> None:
    rows = grown(chunks(), 1, made("audio", 3))
    assert covered(growth(rows), "audio") == pytest.approx(3 * 188 * 1024 / 48000)
    assert covered(growth(grown(finished(chunks(), 0), 2, made("360p", 1))), "360p") == 12.0


def test_it_is_playable_once_picture_and_sound_cover_the_first_chunk_of_a_fast_encode() -> None:
    heard = grown(chunks(), 1, made("audio", 2))
    seen = finished(chunks(), 0)
    assert not playable(growth(chunks()))
    assert not playable(growth(heard))
    assert not playable(growth(seen))
    assert playable(growth(finished(heard, 0)))


def test_sound_that_is_shorter_than_the_first_chunk_is_not_enough() -> None:
    assert not playable(growth(grown(finished(chunks(), 0), 1, made("audio", 1))))


def test_without_sound_the_picture_decides() -> None:
    assert playable(growth(finished(chunks(sound=False), 0), audio=False))


def spans(*bounds: int, done: int, speed: float) -> Growth:
    """A lead without sound, cut at those seconds, its first chunks made at that many seconds in a second."""
    pairs = list(pairwise(bounds))
    rows = [
        replace(
            chunks(sound=False)[0],
            number=number,
            first=begin // 4,
            until=end // 4 if end < bounds[-1] else None,
            state=DONE if number < done else PLANNED,
            took=(end - begin) / speed,
        )
        for number, (begin, end) in enumerate(pairs)
    ]
    return growth(rows, audio=False, duration=float(bounds[-1]))


@pytest.mark.parametrize(
    ("speed", "done", "enough"),
    [
        (4, 1, True),  # 8 s take 2.5 s, while 4 s are watched
        (2.5, 1, True),  # they take just those 4 s; 24 s take the 12 s before them
        (2.4, 1, False),
        (1.3, 1, False),  # 7.7 s for 8 s: all of them are needed at once, after 4 s
        (1.3, 2, False),  # 15.4 s for 16 s, after 12 s
        (1.3, 3, True),  # 23.1 s for 24 s, after 28 s
        (0.5, 4, False),
        (0.5, 5, True),  # the last 16 s take 40 s, after 76 s
    ],
)
def test_a_viewer_must_find_each_chunk_whole_when_the_one_before_ends(
    speed: float, done: int, enough: bool
) -> None:
    """A fifth of the speed is taken off for caution."""
    assert playable(spans(0, 4, 12, 28, 52, 76, 92, done=done, speed=speed)) is enough


def test_a_slow_encode_is_playable_only_when_no_stall_is_to_come() -> None:
    """A chunk of 8 s took 16 s; a fifth off for caution: 0.4 of the 72 s are made while they are watched."""
    slow = finished(chunks(), 1)
    assert not playable(growth(finished(slow, 0, 2, 3, 4, 5, took=16.0)))
    assert playable(growth(finished(slow, 0, 2, 3, 4, 5, 6, took=16.0)))


def test_a_slow_encode_of_unknown_length_is_playable_when_all_of_it_is_there() -> None:
    lead = (0, 2, 3, 4, 5, 6, 7, 8)
    slow = finished(finished(chunks(), 1), *lead, took=16.0)
    assert not playable(growth(slow, duration=None))
    assert playable(growth(finished(slow, 9, took=16.0), duration=None))


def test_a_lead_of_one_chunk_is_playable_when_it_is_done() -> None:
    rows = chunks(2)
    assert rows[0].until is None
    assert not playable(growth(grown(rows, 0, made("360p", 1))))
    assert playable(growth(finished(rows, 0, 1, took=99.0)))


def test_where_all_renditions_are_made_together_nothing_leads() -> None:
    assert not playable(growth(finished(chunks(), *range(10)), lead=None))


@pytest.mark.parametrize(("segments", "enough"), [(1, False), (2, True)])
def test_sound_without_a_picture_is_playable_from_eight_seconds_on(segments: int, enough: bool) -> None:
    rows = grown([chunks()[1]], 1, made("audio", segments))
    assert playable(growth(rows, lead=None, renditions=())) is enough


def test_short_sound_without_a_picture_is_playable_when_it_is_whole() -> None:
    assert playable(growth(finished([chunks()[1]], 1), lead=None, renditions=()))


def test_a_growth_tells_which_chunks_make_a_rendition_in_the_order_of_the_film() -> None:
    assert numbers(growth(list(reversed(chunks()))).making("360p")) == [0, 2, 3, 4, 5, 6, 7, 8, 9]
