"""The playlists of a video whose chunks come in one by one."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.chunks import DONE, PLANNED, REQUESTED, ChunkState, Growth, Told
from pipeline.events import Made, PlannedRendition, VideoPlanned
from pipeline.growth import live_master, media_playlist, names
from pipeline.playlists import MediaPlaylist, read_media, uris, write_media

PLAN = VideoPlanned(
    source="v/source",
    recipe={},
    segment="1001/250",
    duration=30.03,
    lead="480p",
    audio=True,
    renditions=(
        PlannedRendition(name="720p", width=1280, height=720, rate="60000/1001", max_bit_rate=4_000_000),
        PlannedRendition(name="480p", width=854, height=480, rate="30000/1001", max_bit_rate=1_000_000),
    ),
    chunks=(),
)
SOUND_FRAMES = (188, 188)


def video(name: str, *frames: int) -> Made:
    return Made(name=name, codec="avc1.4d401f", init="hash", frames=frames, sizes=(9,) * len(frames))


def sound(*frames: int) -> Made:
    sizes = (7,) * len(frames)
    return Made(name="audio", codec="mp4a.40.2", init="hash", frames=frames, sizes=sizes, language="eng")


def chunk(
    number: int,
    first: int,
    until: int | None,
    state: str,
    *made: Made,
    renditions: tuple[str, ...] = ("480p",),
) -> ChunkState:
    prefix = f"v/1/transcode/{number + 2}/" if made else None
    return ChunkState(number, "head", "lead", first, until, renditions, 1.0, state, prefix, made, 1.0)


FIRST = chunk(0, 0, 1, DONE, video("480p", 120))
SOUND = chunk(1, 0, None, REQUESTED, sound(*SOUND_FRAMES), renditions=("audio", "subtitles-0"))
SECOND = chunk(2, 1, 3, DONE, video("480p", 120, 120))
THIRD = chunk(3, 3, None, DONE, video("480p", 120, 60))
WAITING = chunk(4, 0, None, PLANNED, renditions=("720p",))


def grown(*chunks: ChunkState) -> Growth:
    return Growth(PLAN, chunks)


def test_segments_are_listed_across_chunks_under_the_keys_that_they_have() -> None:
    playlist = media_playlist(grown(FIRST, SOUND, SECOND, THIRD), "480p")
    assert playlist.init == "v/1/transcode/2/480p/init.mp4"
    assert playlist.segments == (
        "v/1/transcode/2/480p/00000.m4s",
        "v/1/transcode/4/480p/00001.m4s",
        "v/1/transcode/4/480p/00002.m4s",
        "v/1/transcode/5/480p/00003.m4s",
        "v/1/transcode/5/480p/00004.m4s",
    )
    assert playlist.seconds == (4.004,) * 4 + (2.002,)
    assert playlist.ended


def test_nothing_is_listed_behind_a_gap() -> None:
    missing = chunk(2, 1, 3, REQUESTED)
    playlist = media_playlist(grown(FIRST, SOUND, missing, THIRD), "480p")
    assert len(playlist.segments) == 1
    assert not playlist.ended


def test_a_chunk_that_grows_is_listed_as_far_as_it_is() -> None:
    playlist = media_playlist(grown(FIRST, SOUND), "audio")
    assert playlist.segments == ("v/1/transcode/3/audio/00000.m4s", "v/1/transcode/3/audio/00001.m4s")
    assert playlist.seconds == pytest.approx((188 * 1024 / 48000,) * 2)
    assert not playlist.ended


def test_sound_ends_where_it_ends_and_not_where_a_frame_would() -> None:
    ended = sound(*SOUND_FRAMES).model_copy(update={"short": 512})
    playlist = media_playlist(grown(FIRST, chunk(1, 0, None, DONE, ended, renditions=("audio",))), "audio")
    assert playlist.seconds == pytest.approx((188 * 1024 / 48000, 188 * 1024 / 48000 - 512 / 48000))


def overtaken(*earlier: Told, state: str = REQUESTED, made: Made | None = None) -> Growth:
    """The sound, of which a later attempt made three segments by now."""
    now = chunk(7, 0, None, state, made or sound(*SOUND_FRAMES, 188), renditions=("audio",))
    return grown(FIRST, replace(now, told=earlier))


def test_a_live_playlist_keeps_what_was_told_and_goes_on_with_what_overtook_it() -> None:
    playlist = media_playlist(
        overtaken(Told("v/1/transcode/3/", (sound(*SOUND_FRAMES),))), "audio", live=True
    )
    before = media_playlist(grown(FIRST, SOUND), "audio", live=True)
    assert playlist.segments == (*before.segments, "v/1/transcode/9/audio/00002.m4s")
    assert playlist.seconds[:2] == before.seconds
    assert (playlist.init, playlist.inits) == (before.init, ())


def test_what_is_told_by_three_attempts_is_listed_from_each_where_it_overtook_the_one_before() -> None:
    earlier = Told("a/", (sound(188),)), Told("b/", (sound(*SOUND_FRAMES),))
    playlist = media_playlist(overtaken(*earlier, state=DONE), "audio", live=True)
    assert playlist.segments == ("a/audio/00000.m4s", "b/audio/00001.m4s", "v/1/transcode/9/audio/00002.m4s")
    assert playlist.ended


def test_an_attempt_that_did_not_get_as_far_again_takes_nothing_back() -> None:
    growth = overtaken(Told("a/", (sound(*SOUND_FRAMES),)), made=sound(188))
    assert media_playlist(growth, "audio", live=True).segments == ("a/audio/00000.m4s", "a/audio/00001.m4s")


def test_an_attempt_that_was_encoded_in_another_way_has_its_own_init_segment() -> None:
    other = sound(*SOUND_FRAMES).model_copy(update={"init": "other"})
    playlist = media_playlist(overtaken(Told("a/", (other,))), "audio", live=True)
    assert (playlist.init, playlist.inits) == (
        "a/audio/init.mp4",
        ((2, "v/1/transcode/9/audio/init.mp4"),),
    )
    lines = write_media(playlist, growing=True).splitlines()
    assert lines[-3:] == [
        '#EXT-X-MAP:URI="v/1/transcode/9/audio/init.mp4"',
        "#EXTINF:4.010667,",
        "v/1/transcode/9/audio/00002.m4s",
    ]


def test_what_stays_knows_nothing_of_attempts_that_were_overtaken() -> None:
    growth = overtaken(Told("a/", (sound(*SOUND_FRAMES),)), state=DONE)
    playlist = media_playlist(growth, "audio")
    assert {key.partition("/audio/")[0] for key in playlist.segments} == {"v/1/transcode/9"}


def test_a_prefix_is_named_by_what_is_there_and_while_it_grows_by_what_was_told() -> None:
    growth = overtaken(Told("a/", (sound(*SOUND_FRAMES),)))
    assert growth.names("v/1/transcode/9/", told=False)
    assert growth.names("a/", told=True)
    assert not growth.names("a/", told=False)
    assert not growth.names("b/", told=True)


def test_a_prefix_is_named_by_what_is_there_in_a_folder_below_it() -> None:
    growth = overtaken(Told("a/again/", (sound(*SOUND_FRAMES),)))
    assert growth.names("a/", told=True)
    assert not growth.names("a/", told=False)
    (chunk, *_) = (one for one in growth.chunks if one.prefix == "v/1/transcode/9/")
    below = Growth(growth.plan, (replace(chunk, prefix="v/1/transcode/9/again/"),))
    assert below.names("v/1/transcode/9/", told=False)


def test_nothing_follows_a_chunk_that_only_grows() -> None:
    growing = chunk(2, 1, 3, REQUESTED, video("480p", 120))
    assert len(media_playlist(grown(FIRST, growing, THIRD), "480p").segments) == 2


def test_a_rendition_of_which_nothing_is_there_has_no_segments() -> None:
    playlist = media_playlist(grown(FIRST, WAITING), "720p")
    assert playlist == MediaPlaylist(None, (), (), target=4, ended=False)


def test_the_target_does_not_change_while_it_grows_and_no_segment_exceeds_it() -> None:
    whole = media_playlist(grown(FIRST, SECOND, THIRD), "480p")
    assert media_playlist(grown(FIRST), "480p").target == whole.target == 4
    assert max(round(seconds) for seconds in whole.seconds) <= whole.target


def test_subtitles_have_no_init_segment_and_exact_times() -> None:
    told = Made(name="subtitles-0", codec="wvtt", init="", frames=(360_360, 90_000), sizes=(5, 5))
    playlist = media_playlist(
        grown(chunk(0, 0, None, DONE, told, renditions=("subtitles-0",))), "subtitles-0"
    )
    assert playlist.init is None
    assert playlist.segments[0] == "v/1/transcode/2/subtitles-0/00000.vtt"
    assert playlist.seconds == (4.004, 1.0)


def test_the_target_of_subtitles_is_the_longest_of_their_own_segments() -> None:
    told = Made(name="subtitles-0", codec="wvtt", init="", frames=(5_400_000, 90_000), sizes=(5, 5))
    done = grown(chunk(0, 0, None, DONE, told, renditions=("subtitles-0",)))
    assert media_playlist(done, "subtitles-0").target == 60


def test_the_live_master_names_the_lead_and_the_sound_with_caps() -> None:
    master = live_master(grown(FIRST, SOUND, WAITING))
    assert master is not None
    assert uris(master) == ["audio.m3u8", "480p.m3u8"]
    assert "BANDWIDTH=1650000,AVERAGE-BANDWIDTH=1140000" in master
    assert 'CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=29.970' in master


def test_the_bit_rates_of_a_live_master_are_measured_once_nothing_grows_any_more() -> None:
    told = Made(name="480p", codec="avc1.4d401f", init="i" * 64, frames=(120,), sizes=(500_500,))
    sound = Made(name="audio", codec="mp4a.40.2", init="s" * 64, frames=(188,), sizes=(64_171,))
    master = live_master(
        grown(chunk(0, 0, None, DONE, told), chunk(1, 0, None, DONE, sound, renditions=("audio",)))
    )
    assert master is not None
    assert "BANDWIDTH=1128001,AVERAGE-BANDWIDTH=1128001" in master


def test_there_is_no_live_master_before_a_segment_of_each() -> None:
    assert live_master(grown(FIRST, chunk(1, 0, None, REQUESTED, renditions=("audio",)))) is None
    assert live_master(grown(chunk(0, 0, 1, REQUESTED), SOUND)) is None


def test_sound_alone_is_live_as_a_variant_of_its_own() -> None:
    plan = PLAN.model_copy(update={"lead": None, "renditions": ()})
    master = live_master(Growth(plan, (SOUND,)))
    assert master is not None
    assert uris(master) == ["audio.m3u8"]


def test_a_video_without_a_lead_is_not_live() -> None:
    plan = PLAN.model_copy(update={"lead": None})
    assert live_master(Growth(plan, (FIRST, SOUND))) is None


def test_renditions_are_named_from_the_largest_down_then_sound_and_subtitles() -> None:
    assert names(grown(FIRST, SOUND, WAITING)) == ("720p", "480p", "audio", "subtitles-0")


def test_what_grows_can_be_written_and_read_back() -> None:
    playlist = media_playlist(grown(FIRST, SECOND), "480p")
    assert read_media(write_media(playlist, growing=True)) == playlist


def test_the_end_of_each_segment_is_exact_over_a_long_video() -> None:
    many = tuple(chunk(n, n * 8, n * 8 + 8, DONE, video("480p", *(120,) * 8)) for n in range(225))
    playlist = media_playlist(grown(*many), "480p")
    assert sum(map(Fraction, playlist.seconds)) == pytest.approx(225 * 8 * Fraction(1001, 250), abs=1e-6)
