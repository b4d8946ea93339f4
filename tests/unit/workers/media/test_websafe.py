"""Which sources browsers play as they are."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.video import Video, VideoStatus
from tests.unit.workers.media.test_reading import audio, turned, video
from upload_api.watchable import original_of
from workers.media.allowed import CODECS
from workers.media.reading import read_source
from workers.media.shape import Shape
from workers.media.websafe import _SOUND, _VIDEO, Verdict, judge

CAP = 25_000_000
MP4 = Shape(
    "mp4", indexed=True, boxes=frozenset({b"ftyp", b"moov", b"mdat", b"mvhd", b"trak", b"udta", b"meta"})
)
WEBM = Shape("webm", indexed=False)
MATROSKA = Shape("matroska", indexed=True)
OTHER = Shape("other", indexed=False)

H264 = video(profile="High")
AAC = audio(profile="LC")
VP9 = video(codec_name="vp9")
OPUS = audio(codec_name="opus")
COVER = video(index=2, codec_name="mjpeg", disposition={"attached_pic": 1})
TIME_CODE = {"index": 2, "codec_type": "data", "codec_tag_string": "tmcd"}
TELEMETRY = {"index": 2, "codec_type": "data", "codec_name": "bin_data", "codec_tag_string": "gpmd"}
CHAPTERS = {"index": 2, "codec_type": "data", "codec_name": "bin_data", "codec_tag_string": "text"}
SUBTITLES = {"index": 2, "codec_type": "subtitle", "codec_name": "mov_text"}


def judged(
    *streams: dict[str, Any],
    shape: Shape = MP4,
    name: str = "mov,mp4",
    keep_location: bool = False,
    **said: Any,
) -> Verdict:
    container = {"format_name": name, "bit_rate": "5000000", **said}
    source = read_source({"streams": list(streams), "format": container}, CODECS)
    return judge(source, shape, max_bit_rate=CAP, keep_location=keep_location)


PLAYED: dict[str, tuple[list[dict[str, Any]], Shape, str, str]] = {
    "H.264 and AAC in MP4": ([H264, AAC], MP4, "mov,mp4", "video/mp4"),
    "H.264 and MP3 in MP4": ([H264, audio(codec_name="mp3")], MP4, "mov,mp4", "video/mp4"),
    "no sound": ([H264], MP4, "mov,mp4", "video/mp4"),
    "full range": ([video(profile="Main", pix_fmt="yuvj420p"), AAC], MP4, "mov,mp4", "video/mp4"),
    "rotated": ([video(profile="High", side_data_list=turned(-90)), AAC], MP4, "mov,mp4", "video/mp4"),
    "wide pixels": ([video(profile="High", sample_aspect_ratio="4:3"), AAC], MP4, "mov,mp4", "video/mp4"),
    "time code": ([H264, AAC, TIME_CODE], MP4, "mov,mp4", "video/mp4"),
    "chapters": ([H264, AAC, CHAPTERS], MP4, "mov,mp4", "video/mp4"),
    "VP9 and Opus in WebM": ([VP9, OPUS], WEBM, "matroska,webm", "video/webm"),
    "VP8 and Vorbis": (
        [video(codec_name="vp8"), audio(codec_name="vorbis")],
        WEBM,
        "matroska,webm",
        "video/webm",
    ),
    "AV1 and Opus": ([video(codec_name="av1"), OPUS], WEBM, "matroska,webm", "video/webm"),
    "MP3": ([audio(codec_name="mp3")], OTHER, "mp3", "audio/mpeg"),
    "M4A": ([AAC], MP4, "mov,mp4", "audio/mp4"),
    "Opus in Ogg": ([OPUS], OTHER, "ogg", "audio/ogg"),
}


def test_whatever_plays_as_it_is_is_served() -> None:
    told = {*(kind for kind, _, _ in _VIDEO.values()), *_SOUND.values()}
    for content_type in told:
        video = Video(filename="a", source="a", status=VideoStatus.PROCESSING)
        video.playback = {"original": "a/source", "original_type": content_type}
        assert original_of(video) is not None, content_type


def test_a_place_in_the_tags_of_any_stream_keeps_the_upload_from_being_served() -> None:
    there = audio(codec_name="opus", tags={"LOCATION": "+48.8584+002.2945/"})
    assert judged(VP9, there, shape=WEBM, name="matroska,webm").content_type is None


@pytest.mark.parametrize("name", PLAYED)
def test_plays_as_it_is(name: str) -> None:
    streams, shape, container, content_type = PLAYED[name]
    assert judged(*streams, shape=shape, name=container) == Verdict(content_type)


NOT_PLAYED: dict[str, tuple[list[dict[str, Any]], Shape, str, str]] = {
    "HEVC": ([video(codec_name="hevc"), AAC], MP4, "mov,mp4", "codecs"),
    "AC-3 sound": ([H264, audio(codec_name="ac3")], MP4, "mov,mp4", "codecs"),
    "E-AC-3 sound": ([H264, audio(codec_name="eac3")], MP4, "mov,mp4", "codecs"),
    "PCM in MOV": ([H264, audio(codec_name="pcm_s16le")], MP4, "mov,mp4", "codecs"),
    "Matroska": ([VP9, OPUS], MATROSKA, "matroska,webm", "codecs"),
    "H.264 in Matroska": ([H264, AAC], MATROSKA, "matroska,webm", "codecs"),
    "VP9 in MP4": ([VP9, AAC], MP4, "mov,mp4", "codecs"),
    "a transport stream": ([H264, AAC], OTHER, "mpegts", "codecs"),
    "ten bits": ([video(profile="High 10", pix_fmt="yuv420p10le"), AAC], MP4, "mov,mp4", "8 bits"),
    "VP9 of ten bits": (
        [video(codec_name="vp9", pix_fmt="yuv420p10le"), OPUS],
        WEBM,
        "matroska,webm",
        "8 bits",
    ),
    "4:2:2": ([video(profile="High 4:2:2", pix_fmt="yuv422p"), AAC], MP4, "mov,mp4", "8 bits"),
    "an odd profile": ([video(profile="Extended"), AAC], MP4, "mov,mp4", "H.264"),
    "HDR": ([video(profile="High", color_transfer="arib-std-b67"), AAC], MP4, "mov,mp4", "colours"),
    "interlaced": ([video(profile="High", field_order="tt"), AAC], MP4, "mov,mp4", "combs"),
    "8K": ([video(profile="High", width=7680, height=4320), AAC], MP4, "mov,mp4", "larger"),
    "two pictures": ([H264, AAC, video(index=2)], MP4, "mov,mp4", "pictures"),
    "a second sound that is meant": (
        [
            H264,
            audio(profile="LC", disposition={"default": 0}),
            audio(index=2, profile="LC", disposition={"default": 1}),
        ],
        MP4,
        "mov,mp4",
        "sound tracks",
    ),
    "AAC Main": ([H264, audio(profile="Main")], MP4, "mov,mp4", "AAC"),
    "turned WebM": ([video(codec_name="vp9", side_data_list=turned(-90))], WEBM, "matroska,webm", "turn"),
    "fragments without an index": (
        [H264, AAC],
        replace(MP4, fragmented=True, boxes=frozenset({b"moov", b"moof"})),
        "mov,mp4",
        "fragments",
    ),
    "cut short": ([H264, AAC], replace(MP4, understood=False), "mov,mp4", "cut short"),
}


@pytest.mark.parametrize("name", NOT_PLAYED)
def test_does_not_play_as_it_is(name: str) -> None:
    streams, shape, container, why = NOT_PLAYED[name]
    verdict = judged(*streams, shape=shape, name=container)
    assert verdict.content_type is None
    assert why in verdict.why_not


def test_fragments_with_an_index_play() -> None:
    indexed = replace(MP4, fragmented=True, boxes=frozenset({b"moov", b"sidx", b"moof"}))
    assert judged(H264, AAC, shape=indexed).content_type == "video/mp4"


def test_what_is_above_the_cap_or_of_unknown_bit_rate_does_not_play() -> None:
    assert "above the cap" in judged(H264, AAC, bit_rate="25000001").why_not
    assert "not known" in judged(H264, AAC, bit_rate=None).why_not


PLACES: dict[str, dict[str, Any]] = {
    "an iPhone's tag": {"tags": {"com.apple.quicktime.location.ISO6709": "+47.1+008.5/"}},
    "an Android's tag": {"tags": {"location": "+47.1+008.5/"}},
    "its translation": {"tags": {"location-eng": "+47.1+008.5/"}},
    "an action camera's tag": {"tags": {"GPSLatitude": "47.1"}},
    "coordinates in a comment": {"tags": {"comment": "At 47.1234, 8.5678"}},
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_keeps_the_original_back_unless_a_setting_lets_it_through(name: str) -> None:
    assert "filmed" in judged(H264, AAC, **PLACES[name]).why_not
    assert judged(H264, AAC, keep_location=True, **PLACES[name]).content_type == "video/mp4"


@pytest.mark.parametrize("stream", [TELEMETRY, SUBTITLES, COVER], ids=["telemetry", "subtitles", "cover"])
def test_a_track_that_may_hold_a_place_keeps_it_back(stream: dict[str, Any]) -> None:
    assert "may say where" in judged(H264, AAC, stream).why_not
    assert judged(H264, AAC, stream, keep_location=True).content_type == "video/mp4"


@pytest.mark.parametrize("box", [b"uuid", b"\xa9xyz", b"gps ", b"GPMF", b"loci"])
def test_a_box_that_may_hold_a_place_keeps_it_back(box: bytes) -> None:
    shape = replace(MP4, boxes=MP4.boxes | {box})
    assert "boxes" in judged(H264, AAC, shape=shape).why_not
    assert judged(H264, AAC, shape=shape, keep_location=True).content_type == "video/mp4"


def test_a_place_within_its_boxes_keeps_it_back() -> None:
    shape = replace(MP4, tells_place=True)
    assert "boxes" in judged(H264, AAC, shape=shape).why_not
    assert judged(H264, AAC, shape=shape, keep_location=True).content_type == "video/mp4"


@pytest.mark.parametrize(("name", "codec"), [("wav", "pcm_s16le"), ("flac", "flac")])
def test_sound_whose_notes_are_not_read_is_kept_back(name: str, codec: str) -> None:
    sound = audio(codec_name=codec)
    assert "notes" in judged(sound, shape=OTHER, name=name).why_not
    assert judged(sound, shape=OTHER, name=name, keep_location=True).content_type == f"audio/{name}"


def test_a_title_is_no_place() -> None:
    shape = replace(MP4, boxes=MP4.boxes | {b"\xa9nam", b"\xa9too"})
    assert judged(H264, AAC, shape=shape, tags={"title": "Home"}).content_type == "video/mp4"
