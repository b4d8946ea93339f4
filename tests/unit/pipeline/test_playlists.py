"""Reading and writing HLS playlists."""

from dataclasses import replace
from fractions import Fraction

import pytest

from pipeline.playlists import (
    BitRates,
    MediaPlaylist,
    Track,
    bit_rates,
    read_media,
    uris,
    write_master,
    write_media,
)

WRITTEN = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.000000,
00000.m4s
#EXTINF:1.250000,
00001.m4s
#EXT-X-ENDLIST
"""
VIDEO = Track(
    "720p/index.m3u8", "avc1.64001f", BitRates(2_000_000, 1_500_000), 1280, 720, Fraction(30000, 1001)
)
AUDIO = Track("audio/index.m3u8", "mp4a.40.2", BitRates(130_000, 128_000), language="eng")


def lasting(*seconds: float) -> MediaPlaylist:
    names = tuple(f"{number}.m4s" for number in range(len(seconds)))
    return MediaPlaylist("init.mp4", names, seconds, target=4, ended=True)


def test_a_media_playlist_is_read_back() -> None:
    playlist = read_media(WRITTEN)
    assert playlist.init == "init.mp4"
    assert playlist.segments == ("00000.m4s", "00001.m4s")
    assert playlist.duration == 5.25
    assert playlist.boundaries == [4.0, 5.25]
    assert playlist.ended


def test_a_playlist_without_an_end_says_so() -> None:
    assert not read_media(WRITTEN.replace("#EXT-X-ENDLIST\n", "")).ended


def test_what_is_written_is_read_back() -> None:
    playlist = MediaPlaylist(
        "../1/480p/init.mp4", ("../1/480p/00000.m4s", "../2/480p/00001.m4s"), (4.0, 1.25), 4, True
    )
    assert read_media(write_media(playlist)) == playlist


def test_a_finished_playlist_is_vod_and_a_growing_one_starts_at_its_head() -> None:
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in write_media(lasting(4.0))
    growing = write_media(lasting(4.0), growing=True)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT\n" in growing
    assert "#EXT-X-START:TIME-OFFSET=0\n" in growing


def test_subtitles_have_no_init_segment() -> None:
    written = write_media(MediaPlaylist(None, ("00000.vtt",), (4.0,), 4, ended=False))
    assert "EXT-X-MAP" not in written
    assert read_media(written).init is None
    assert not read_media(written).ended


@pytest.mark.parametrize("text", ["", "<html>", "#EXTM3U\n#EXTINF:4,\na.ts\n"])
def test_anything_else_is_no_playlist(text: str) -> None:
    with pytest.raises(ValueError, match="no media playlist"):
        read_media(text)


def test_a_short_last_segment_does_not_raise_the_peak() -> None:
    rates = bit_rates(lasting(4.0, 4.0, 0.04), [500_000, 600_000, 50_000])
    assert rates.peak == 1_287_129  # the last two together: 650 kB in 4.04 s


def test_a_video_shorter_than_a_segment_has_its_average_as_peak() -> None:
    assert bit_rates(lasting(1.0), [125_000]) == BitRates(1_000_000, 1_000_000)


def test_the_master_counts_the_sound_into_every_variant() -> None:
    master = write_master([VIDEO], AUDIO)
    assert "BANDWIDTH=2130000,AVERAGE-BANDWIDTH=1628000" in master
    assert 'CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"' in master
    assert 'LANGUAGE="eng"' in master
    assert uris(master) == ["audio/index.m3u8", "720p/index.m3u8"]


def test_a_silent_video_has_no_audio_group() -> None:
    master = write_master([VIDEO], None)
    assert "AUDIO" not in master
    assert uris(master) == ["720p/index.m3u8"]


def test_sound_alone_is_a_variant_of_its_own() -> None:
    master = write_master([], AUDIO)
    assert uris(master) == ["audio/index.m3u8"]
    assert "RESOLUTION" not in master


def test_a_language_tag_cannot_break_out_of_its_quotes() -> None:
    hostile = Track(AUDIO.uri, AUDIO.codec, AUDIO.rates, language='en",URI="http://elsewhere/')
    assert "elsewhere" not in write_master([VIDEO], hostile)


def test_subtitles_are_a_group_that_every_variant_names() -> None:
    subtitles = [Track(f"subtitles-{n}/index.m3u8", "", BitRates(0, 0), language="eng") for n in range(2)]
    master = write_master([VIDEO], AUDIO, subtitles)
    assert master.count("TYPE=SUBTITLES") == 2
    assert 'NAME="eng",LANGUAGE="eng"' in master
    assert 'NAME="eng (2)",LANGUAGE="eng"' in master
    assert 'AUDIO="audio",SUBTITLES="subtitles"\n720p/index.m3u8' in master
    assert "subtitles-1/index.m3u8" in uris(master)


def test_subtitles_are_called_what_the_file_calls_them_and_one_at_most_is_shown_unasked() -> None:
    plain = Track("subtitles-0/index.m3u8", "wvtt", BitRates(0, 0))
    titled = replace(plain, title='The "full" text', default=True)
    master = write_master([VIDEO], AUDIO, [plain, titled, replace(plain, default=True, forced=True)])
    lines = [line.partition("NAME=")[2] for line in master.splitlines() if "SUBTITLES," in line]
    assert [line.partition(",URI")[0] for line in lines] == [
        '"Subtitles",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO',
        "\"The 'full' text\",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO",
        '"Subtitles (3)",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES',
    ]
