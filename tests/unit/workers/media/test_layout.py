"""Which chunks a video is cut into."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.events import PlannedChunk
from tests.unit.workers.media.test_reading import audio, read, video
from workers.media.ladder import plan
from workers.media.layout import Layout, lay_out
from workers.media.recipe import Recipe

HOUR = 3600.0
LENGTHS = [
    0.2,
    3.9,
    4.0,
    4.02,
    7,
    10,
    12,
    12.04,
    47.9,
    48.0,
    48.5,
    52,
    59,
    75,
    100,
    600,
    HOUR,
    2 * HOUR,
    12 * HOUR,
]
RATES = [Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(60000, 1001), Fraction(15, 2)]


def recipe(
    seconds: float | None, height: int = 1080, rate: Fraction = Fraction(25), *, sound: bool = True
) -> Recipe:
    width = height * 16 // 9
    streams = [video(width=width, height=height, duration=None), *([audio(duration=None)] if sound else [])]
    source = replace(read(*streams), duration=seconds, reaches=seconds)
    return Recipe(source, plan(width, height, rate))


def laid_out(
    seconds: float | None, height: int = 1080, *, web_safe: bool = False, sound: bool = True
) -> Layout:
    return lay_out(recipe(seconds, height, sound=sound), web_safe=web_safe)


def spans(layout: Layout, track: str) -> list[tuple[int, int | None]]:
    return [(chunk.first, chunk.until) for chunk in layout.chunks if chunk.track == track]


def of(chunks: Sequence[PlannedChunk], rendition: str) -> list[PlannedChunk]:
    return [chunk for chunk in chunks if rendition in chunk.renditions]


@pytest.mark.parametrize("web_safe", [True, False])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", LENGTHS)
def test_the_chunks_of_each_rendition_cover_it_without_gap_or_overlap(
    seconds: float, rate: Fraction, web_safe: bool
) -> None:
    asked = recipe(seconds, rate=rate)
    chunks = lay_out(asked, web_safe=web_safe).chunks
    for name in asked.names:
        covering = of(chunks, name)
        assert covering[0].first == 0
        assert covering[-1].until is None
        assert [chunk.until for chunk in covering[:-1]] == [chunk.first for chunk in covering[1:]]


@pytest.mark.parametrize("web_safe", [True, False])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seconds", LENGTHS)
def test_no_chunk_begins_where_nothing_may_be_left(seconds: float, rate: Fraction, web_safe: bool) -> None:
    asked = recipe(seconds, rate=rate)
    for chunk in lay_out(asked, web_safe=web_safe).chunks:
        left = seconds - float(chunk.first * asked.segment)
        assert left >= 3.9 or chunk.first == 0


def test_a_clip_that_is_not_web_safe_has_a_lead_that_grows_by_longer_and_longer_chunks() -> None:
    layout = laid_out(100)
    assert layout.lead == "480p"
    assert spans(layout, "lead") == [(0, 1), (1, 3), (3, 7), (7, 13), (13, 19), (19, None)]
    assert spans(layout, "rest") == [(0, 8), (8, 16), (16, None)]
    assert spans(layout, "sound") == [(0, None)]


def test_the_heads_first_chunk_goes_before_the_sound_and_both_before_all_else() -> None:
    tracks = [chunk.track for chunk in laid_out(100).chunks]
    assert tracks == ["lead", "sound", *["lead"] * 5, *["rest"] * 3]


def test_only_the_first_minute_of_the_lead_goes_before_other_videos() -> None:
    layout = laid_out(2 * HOUR)
    queues = {chunk.first * 4: chunk.queue for chunk in layout.chunks if chunk.track == "lead"}
    assert {start for start, queue in queues.items() if queue == "head"} == {0, 4, 12, 28, 52}
    assert {chunk.queue for chunk in layout.chunks if chunk.track == "rest"} == {"tail"}
    assert [chunk.queue for chunk in layout.chunks if chunk.track == "sound"] == ["sound"]


def test_two_hours_are_some_hundreds_of_chunks_whose_weights_add_up_to_the_whole() -> None:
    asked = recipe(2 * HOUR)
    chunks = lay_out(asked, web_safe=False).chunks
    assert len(chunks) == 302 + 1 + 225
    one = lay_out(recipe(40), web_safe=True).chunks[0]
    assert sum(chunk.weight for chunk in chunks) == pytest.approx(one.weight / 40 * 2 * HOUR, rel=0.001)


def test_a_short_clip_that_browsers_play_is_one_chunk_of_everything() -> None:
    for seconds in (10, 40):
        layout = laid_out(seconds, web_safe=True)
        assert layout.lead is None
        assert spans(layout, "all") == [(0, None)]
        assert layout.chunks[0].renditions == recipe(seconds).names
        assert layout.chunks[0].queue == "head"


@pytest.mark.parametrize("web_safe", [True, False])
def test_what_is_short_but_takes_minutes_holds_up_nobody(web_safe: bool) -> None:
    chunks = lay_out(recipe(48, 2160, Fraction(60)), web_safe=web_safe).chunks
    assert {chunk.queue for chunk in chunks if chunk.track in ("all", "rest")} == {"tail"}
    assert max(chunk.weight for chunk in chunks) > 300
    assert all(chunk.queue == "head" for chunk in chunks if chunk.track == "lead")


def test_a_long_one_that_browsers_play_has_sound_and_equal_chunks_that_wait_behind_heads() -> None:
    layout = laid_out(100, web_safe=True)
    assert layout.lead is None
    assert [chunk.track for chunk in layout.chunks] == ["sound", "rest", "rest", "rest"]
    assert spans(layout, "rest") == [(0, 8), (8, 16), (16, None)]
    assert {chunk.queue for chunk in layout.chunks} == {"sound", "tail"}


def test_ten_seconds_that_browsers_do_not_play_lead_with_one_segment() -> None:
    layout = laid_out(10)
    assert [(chunk.track, chunk.queue, chunk.first) for chunk in layout.chunks] == [
        ("lead", "head", 0),
        ("sound", "sound", 0),
        ("lead", "head", 1),
        ("rest", "head", 0),
    ]


def test_a_single_segment_is_one_chunk_whatever_it_holds() -> None:
    assert [chunk.track for chunk in laid_out(3.5).chunks] == ["all"]


def test_a_ladder_of_one_rung_leaves_nothing_for_the_rest() -> None:
    layout = laid_out(100, 240)
    assert layout.lead == "240p"
    assert {chunk.track for chunk in layout.chunks} == {"lead", "sound"}


def test_a_small_source_leads_with_its_largest() -> None:
    assert laid_out(100, 360).lead == "360p"


def test_a_picture_without_sound_has_no_chunk_for_it() -> None:
    assert {chunk.track for chunk in laid_out(100, sound=False).chunks} == {"lead", "rest"}
    assert laid_out(10, web_safe=True, sound=False).chunks[0].renditions[-1] == "240p"


@pytest.mark.parametrize("web_safe", [True, False])
def test_sound_alone_is_one_chunk_that_grows(web_safe: bool) -> None:
    source = replace(read(audio(duration=None)), duration=HOUR)
    layout = lay_out(Recipe(source, ()), web_safe=web_safe)
    (chunk,) = layout.chunks
    assert (layout.lead, chunk.queue, chunk.track, chunk.renditions) == (None, "sound", "sound", ("audio",))


def test_subtitles_are_made_with_the_sound() -> None:
    text = {"index": 2, "codec_type": "subtitle", "codec_name": "subrip"}
    source = replace(read(video(), audio(), text), duration=100.0)
    long = lay_out(Recipe(source, plan(640, 360, Fraction(25))), web_safe=False)
    assert [chunk.renditions for chunk in long.chunks if chunk.queue == "sound"] == [("audio", "subtitles-0")]
    short = lay_out(Recipe(replace(source, duration=9.0), plan(640, 360, Fraction(25))), web_safe=True)
    assert short.chunks[0].renditions == ("360p", "240p", "audio", "subtitles-0")


def test_what_says_nothing_of_its_length_is_one_chunk() -> None:
    assert [chunk.track for chunk in laid_out(None).chunks] == ["all"]


def stays(picture: float, sound: float) -> Layout:
    asked = recipe(sound)
    assert asked.source.video is not None
    assert asked.source.audio is not None
    video, audio = replace(asked.source.video, ends=picture), replace(asked.source.audio, ends=sound)
    shorter = replace(asked.source, video=video, audio=audio, scanned=True)
    return lay_out(replace(asked, source=shorter), web_safe=False)


def test_a_picture_that_stays_until_the_sound_ends_is_cut_as_well_into_ever_longer_chunks() -> None:
    """Each reads the file to its end, where the picture is known to be the last."""
    assert spans(stays(20, 600), "lead") == [(0, 1), (1, 3), (3, 7), (7, 14), (14, 28), (28, 56), (56, None)]
    assert spans(stays(4, 60), "rest") == [(0, 8), (8, None)]


@pytest.mark.parametrize("picture", [0.04, 60])
def test_hours_of_sound_with_a_still_picture_are_not_made_before_other_videos(picture: float) -> None:
    layout = stays(picture, 12 * HOUR)
    assert len(layout.chunks) < 40
    assert all(chunk.until and chunk.until <= 30 for chunk in layout.chunks if chunk.queue == "head")


def test_a_picture_without_sound_has_no_chunk_beyond_its_end() -> None:
    asked = recipe(600, sound=False)
    assert asked.source.video is not None
    shorter = replace(asked.source, video=replace(asked.source.video, ends=20.0), scanned=True)
    layout = lay_out(replace(asked, source=shorter), web_safe=False)
    assert spans(layout, "lead") == [(0, 1), (1, 3), (3, None)]


def far_keyframes(seconds: float, gap: float) -> Layout:
    asked = recipe(seconds)
    return lay_out(replace(asked, source=replace(asked.source, keyframe_gap=gap)), web_safe=False)


def test_keyframes_up_to_half_a_minute_apart_change_nothing() -> None:
    assert far_keyframes(600, 30) == laid_out(600)


def test_with_one_keyframe_chunks_decode_about_what_they_encode_and_the_first_are_as_short_as_ever() -> None:
    layout = far_keyframes(HOUR, HOUR)
    assert spans(layout, "lead")[:4] == [*spans(laid_out(HOUR), "lead")[:3], (7, 14)]
    assert len(layout.chunks) < 20
    for first, until in spans(layout, "lead")[1:] + spans(layout, "rest")[1:]:
        assert (until or HOUR / 4) - first >= first / 2


def test_with_keyframes_a_minute_apart_chunks_are_about_as_long() -> None:
    assert {until - first for first, until in spans(far_keyframes(HOUR, 60), "rest")[2:-1] if until} == {15}


def test_segments_last_whole_groups_exactly() -> None:
    lasting = {rate: recipe(1.0, rate=rate).segment for rate in RATES}
    assert lasting[Fraction(25)] == lasting[Fraction(60)] == 4
    assert lasting[Fraction(30000, 1001)] == lasting[Fraction(60000, 1001)] == Fraction(1001, 250)
    assert Recipe(read(audio()), ()).segment == 4


@pytest.mark.parametrize("side", [1, 2, 16])
def test_not_even_the_smallest_picture_weighs_nothing(side: int) -> None:
    streams = [video(width=side, height=side, duration=None)]
    source = replace(read(*streams), duration=4.0, reaches=4.0)
    (chunk,) = lay_out(Recipe(source, plan(side, side, Fraction(25))), web_safe=False).chunks
    assert chunk.weight > 0
