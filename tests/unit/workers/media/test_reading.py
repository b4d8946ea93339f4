"""What is read out of ffprobe's answer."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workers.media.allowed import CODECS
from workers.media.reading import read_source
from workers.media.source import Picture, Source, Stream


def video(**said: Any) -> dict[str, Any]:
    known = {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 1920, "height": 1080}
    return {**known, "pix_fmt": "yuv420p", "r_frame_rate": "25/1", "avg_frame_rate": "25/1", **said}


def audio(**said: Any) -> dict[str, Any]:
    known = {"index": 1, "codec_type": "audio", "codec_name": "aac", "channels": 2, "sample_rate": "48000"}
    return {**known, **said}


def read(*streams: dict[str, Any], **container: Any) -> Source:
    return read_source({"streams": list(streams), "format": {"format_name": "mov,mp4", **container}}, CODECS)


def picture(**said: Any) -> Picture:
    found = read(video(**said)).video
    assert found is not None
    return found


def turned(degrees: float) -> list[dict[str, Any]]:
    return [{"side_data_type": "Display Matrix", "rotation": degrees}]


def test_a_phone_clip_is_as_high_as_it_is_shown() -> None:
    shown = picture(side_data_list=turned(-90))
    assert (shown.width, shown.height, shown.rotation) == (1080, 1920, 90)


def test_a_turn_by_half_keeps_the_sides() -> None:
    shown = picture(side_data_list=turned(180))
    assert (shown.width, shown.height, shown.rotation) == (1920, 1080, 180)


def test_an_empty_rotation_matrix_means_no_rotation() -> None:
    assert picture(side_data_list=turned(-9223372036854775808)).rotation == 0


def test_wide_pixels_become_square() -> None:
    shown = picture(width=720, height=576, sample_aspect_ratio="64:45")
    assert (shown.width, shown.height) == (1024, 576)


def test_an_absurd_pixel_shape_is_not_believed() -> None:
    shown = picture(width=720, height=576, sample_aspect_ratio="4000:1")
    assert (shown.width, shown.height) == (720, 576)


def test_cover_art_is_not_a_video() -> None:
    found = read(audio(index=0), video(index=1, codec_name="mjpeg", disposition={"attached_pic": 1}))
    assert found.video is None
    assert found.audio is not None


def test_the_stream_that_can_be_decoded_wins_over_the_default_one() -> None:
    found = read(
        audio(index=0, codec_name="apac", disposition={"default": 1}), audio(index=1, codec_name="aac")
    )
    assert found.audio is not None
    assert found.audio.index == 1
    assert found.audio_streams == 2


def test_the_largest_of_several_videos_wins() -> None:
    found = read(video(index=0, width=320, height=240), video(index=1))
    assert found.video is not None
    assert found.video.index == 1


def test_a_video_ends_where_its_longest_stream_ends() -> None:
    found = read(video(start_time="0.0", duration="10.0"), audio(start_time="1.5", duration="9.0"))
    assert found.duration == 10.5


def test_matroska_keeps_durations_in_tags() -> None:
    found = read(video(tags={"DURATION": "00:01:02.500000000"}))
    assert found.duration == 62.5


def test_a_clock_that_jumps_is_counted_from_the_streams_that_are_shown() -> None:
    found = read(video(start_time="1.4", duration="2.0"), format_name="mpegts", start_time="0.7")
    assert found.starts == 1.4
    assert found.duration == 2.0


@pytest.mark.parametrize(
    ("said", "hdr"),
    [({"color_transfer": "smpte2084"}, "PQ"), ({"color_transfer": "arib-std-b67"}, "HLG"), ({}, None)],
)
def test_the_transfer_says_whether_it_is_hdr(said: dict[str, str], hdr: str | None) -> None:
    assert picture(**said).colour.hdr == hdr


@pytest.mark.parametrize(
    "mark",
    [
        {"codec_tag_string": "encv"},
        {"tags": {"enc_key_id": "AQID"}},
        {"side_data_list": [{"side_data_type": "Encryption initialization data"}]},
    ],
)
def test_encryption_is_seen_wherever_it_is_marked(mark: dict[str, Any]) -> None:
    assert picture(**mark).encrypted


def test_all_streams_are_told_of() -> None:
    cover = video(index=2, codec_name="mjpeg", disposition={"attached_pic": 1})
    titles = {"index": 3, "codec_type": "subtitle", "codec_name": "subrip", "tags": {"language": "pt-BR"}}
    chosen, dub = video(disposition={"default": 1}), audio(tags={"language": "deu"})
    assert read(chosen, dub, cover, titles, {"index": 4}).streams == (
        Stream(0, "video", "h264", language=None, default=True, attached_picture=False),
        Stream(1, "audio", "aac", language="deu", default=False, attached_picture=False),
        Stream(2, "video", "mjpeg", language=None, default=False, attached_picture=True),
        Stream(3, "subtitle", "subrip", language="pt-BR", default=False, attached_picture=False),
        Stream(4, "unknown", "unknown", language=None, default=False, attached_picture=False),
    )


@given(st.text() | st.from_regex(r"\d{1,5000}(:\d{1,5000}){0,2}", fullmatch=True))
@example("\N{SUPERSCRIPT TWO}")
@example("9" * 5000)
@example(f"{'9' * 4000}:00:00")
@example(f"00:00:{'9' * 400}")
def test_no_tag_can_fail_a_video(said: str) -> None:
    tags = dict.fromkeys(("BPS", "DURATION", "language", "enc_name"), said)
    found = read(video(tags=tags), audio(tags=tags), tags=tags)
    assert found.audio is not None
    assert len(found.audio.language or "") < 50


def test_a_file_that_says_nothing_is_read_without_a_fault() -> None:
    found = read_source({}, CODECS)
    assert (found.video, found.audio, found.duration) == (None, None, None)


def test_odd_numbers_are_no_numbers() -> None:
    odd = picture(avg_frame_rate="0/0", r_frame_rate="1000", bit_rate="N/A", duration="N/A")
    assert (odd.average_rate, odd.nominal_rate, odd.bit_rate, odd.ends) == (
        Fraction(0),
        Fraction(0),
        None,
        None,
    )


def test_a_turn_that_only_a_tracks_name_tells_is_left_to_us() -> None:
    shown = picture(tags={"title": "htc_video_rotA-090"})
    assert (shown.width, shown.height, shown.rotation, shown.turn) == (1080, 1920, 90, 90)


def test_a_name_that_is_no_phones_turns_nothing() -> None:
    assert picture(tags={"title": "my htc_video_rotA-090"}).turn == 0


def test_one_large_picture_beside_a_film_is_not_the_film() -> None:
    found = read(video(index=0, width=640, height=360, duration="60.0"), video(index=1, duration="0.04"))
    assert found.video is not None
    assert found.video.index == 0


def test_the_default_one_of_equal_videos_wins() -> None:
    found = read(video(index=0), video(index=1, disposition={"default": 1}))
    assert found.video is not None
    assert found.video.index == 1


def test_a_films_own_sound_wins_over_a_description_of_it() -> None:
    found = read(audio(index=0, disposition={"visual_impaired": 1}), audio(index=1))
    assert found.audio is not None
    assert found.audio.index == 1


def test_dv_may_be_interlaced_though_it_says_nothing() -> None:
    assert picture(codec_name="dvvideo", field_order="unknown").interlaced
    assert not picture(field_order="progressive").interlaced


@pytest.mark.parametrize(("profile", "compatible", "only"), [(5, 0, True), (8, 1, False), (8, 4, False)])
def test_dolby_vision_without_a_picture_for_others_is_seen(profile: int, compatible: int, only: bool) -> None:
    told = {"dv_profile": profile, "dv_bl_signal_compatibility_id": compatible}
    assert picture(side_data_list=[told]).dolby_only is only


def test_encryption_that_only_packets_tell_of_is_seen() -> None:
    packets = [
        {"stream_index": 0, "side_data_list": [{"side_data_type": "Encryption info"}]},
        {"stream_index": 1},
    ]
    found = read_source({"streams": [video(), audio()], "format": {}, "packets": packets}, CODECS)
    assert found.video is not None
    assert found.audio is not None
    assert (found.video.encrypted, found.audio.encrypted) == (True, False)
