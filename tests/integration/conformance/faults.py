"""Every fault that the checker knows: how it is planted into a tree that has none, and what must be found."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.conformance.trees import Copy, rename_picture, shift, show_later

PICTURES = ("360p", "240p")
VIDEO_CLOCK, AUDIO_CLOCK = 12_800, 48_000
"""Ticks a second, as ffmpeg chooses them."""
_BITS_OFF = 5


@dataclass(frozen=True)
class Fault:
    plant: Callable[[Copy], object]
    codes: frozenset[str]
    """All that must be found, and nothing else."""
    decode: bool = False


def _fault(plant: Callable[[Copy], object], *codes: str, decode: bool = False) -> Fault:
    return Fault(plant, frozenset(codes), decode)


def _master(pattern: str, text: str) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(copy.master, pattern, text)


def _list(rendition: str, pattern: str, text: str, count: int = 0) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(copy.playlist(rendition), pattern, text, count)


def _lists(pattern: str, text: str, *renditions: str) -> Callable[[Copy], None]:
    def plant(copy: Copy) -> None:
        for rendition in renditions or (*PICTURES, "audio"):
            copy.edit(copy.playlist(rendition), pattern, text)

    return plant


def _each(change: Callable[[Copy, str], None], *renditions: str) -> Callable[[Copy], None]:
    def plant(copy: Copy) -> None:
        for rendition in renditions or PICTURES:
            change(copy, rendition)

    return plant


def _shifted(seconds: float, clock: int, first: int, *renditions: str) -> Callable[[Copy], None]:
    """All segments from the given one on."""

    def change(copy: Copy, rendition: str) -> None:
        for segment in copy.segments(rendition)[first:]:
            shift(segment, seconds, clock)

    return _each(change, *renditions)


def _shown(seconds: float) -> Callable[[Copy], None]:
    return _each(
        lambda copy, rendition: show_later(copy.segments(rendition)[-1], round(seconds * VIDEO_CLOCK))
    )


def _renamed(kind: int, to: int, which: int, *renditions: str) -> Callable[[Copy], None]:
    return _each(
        lambda copy, rendition: rename_picture(copy.segments(rendition)[1], kind, to, which), *renditions
    )


def _cut(copy: Copy) -> None:
    segment = copy.segments("360p")[1]
    segment.write_bytes(segment.read_bytes()[:-1000])


def _wrong_lengths(copy: Copy) -> None:
    segment = copy.segments("360p")[1]
    data = bytearray(segment.read_bytes())
    at = data.index(b"mdat") + 4
    data[at : at + 4] = b"\x7f\xff\xff\xff"
    segment.write_bytes(data)


def _scrambled(copy: Copy) -> None:
    """The content of the first picture, not its length or kind."""
    segment = copy.segments("360p")[1]
    data = bytearray(segment.read_bytes())
    at = data.index(b"mdat") + 4 + 200
    data[at : at + 3000] = bytes(byte ^ _BITS_OFF for byte in data[at : at + 3000])
    segment.write_bytes(data)


def other_init(copy: Copy) -> None:
    """360p goes on with the init segment of 240p."""
    copy.edit(copy.playlist("360p"), r"(#EXTINF.*\n00001)", r'#EXT-X-MAP:URI="../240p/init.mp4"\n\1')


def marked(*renditions: str) -> Callable[[Copy], None]:
    return _lists(r"(#EXTINF.*\n00001)", r"#EXT-X-DISCONTINUITY\n\1", *renditions)


def _dependent(copy: Copy) -> None:
    for playlist in copy.root.rglob("*.m3u8"):
        playlist.write_text(playlist.read_text().replace("#EXT-X-INDEPENDENT-SEGMENTS\n", ""))


def _second_master(copy: Copy) -> None:
    shutil.copy(copy.master, copy.root / "again.m3u8")


def _words(pattern: str, text: str) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(copy.root / "words" / "0.vtt", pattern, text)


def _without_last(rendition: str) -> Callable[[Copy], None]:
    return _list(rendition, r"#EXTINF.*\n.*\n#EXT-X-ENDLIST", "#EXT-X-ENDLIST")


FAULTS = {
    "a playlist is missing": _fault(lambda copy: copy.playlist("240p").unlink(), "playlist_missing"),
    "a playlist on another machine": _fault(
        _master("^240p/", "https://example.org/240p/"), "playlist_missing"
    ),
    "a playlist of stills is missing": _fault(
        _master("(#EXT-X-STREAM-INF:.*640x360)", r'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9,URI="i.m3u8"\n\1'),
        "playlist_missing",
    ),
    "no #EXTM3U": _fault(_list("240p", "#EXTM3U", "#EXTM3V"), "playlist_unreadable"),
    "no target duration": _fault(_list("240p", "#EXT-X-TARGETDURATION.*\n", ""), "playlist_unreadable"),
    "a URI without EXTINF": _fault(_list("240p", "#EXTINF.*\n", "", 1), "playlist_unreadable"),
    "an attribute list without quotes": _fault(
        _master('CODECS="([^"]*)"', r"CODECS=\1"), "playlist_unreadable"
    ),
    "another profile in CODECS": _fault(_master("avc1.64001e", "avc1.4d001e"), "codecs_wrong"),
    "no sound in CODECS": _fault(_master(",mp4a.40.2", ""), "codecs_wrong"),
    "a codec that is not there": _fault(_master("mp4a.40.2", "mp4a.40.2,ec-3"), "codecs_wrong"),
    "no CODECS": _fault(_master('CODECS="[^"]*",', ""), "codecs_missing"),
    "another RESOLUTION": _fault(_master("640x360", "640x368"), "resolution_wrong"),
    "no RESOLUTION": _fault(_master("RESOLUTION=[^,]*,", ""), "resolution_missing"),
    "another FRAME-RATE": _fault(_master("FRAME-RATE=25.000", "FRAME-RATE=24.975"), "frame_rate_wrong"),
    "no FRAME-RATE": _fault(_master("FRAME-RATE=[^,]*,", ""), "frame_rate_missing"),
    "several masters": _fault(_second_master, "several_masters"),
    "no master": _fault(lambda copy: copy.master.unlink(), "no_master"),
    "no such group": _fault(_master('AUDIO="audio"', 'AUDIO="sound"'), "group_missing"),
    "a picture where sound should be": _fault(
        _master('URI="audio/index.m3u8"', 'URI="240p/index.m3u8"'),
        *("track_missing", "codecs_wrong", "bandwidth_low", "average_bandwidth_low"),
    ),
    "not said to be independent": _fault(_dependent, "independent_unsaid"),
    "a version that is too low": _fault(_list("240p", "VERSION:7", "VERSION:3"), "version_low"),
    "target durations too low": _fault(_lists("DURATION:4", "DURATION:3"), "target_duration_low"),
    "one other target duration": _fault(
        _list("audio", "DURATION:4", "DURATION:6"), "target_durations_differ"
    ),
    "no end": _fault(_list("240p", "#EXT-X-ENDLIST\n", ""), "no_end"),
    "EXTINF off by 2 ms": _fault(_list("240p", "4.000000", "4.002000", 1), "extinf_wrong"),
    "no map": _fault(_list("240p", "#EXT-X-MAP.*\n", ""), "map_missing"),
    "no init segment": _fault(lambda copy: (copy.root / "240p" / "init.mp4").unlink(), "init_missing"),
    "a broken init segment": _fault(
        lambda copy: (copy.root / "240p" / "init.mp4").write_bytes(b"\0\0\0\x08moov"),
        "init_unreadable",
    ),
    "another init segment midway": _fault(other_init, "init_changed"),
    "an encrypted playlist": _fault(
        _list("240p", "(#EXT-X-MAP.*)", r'#EXT-X-KEY:METHOD=AES-128,URI="key"\n\1'), "encrypted"
    ),
    "a segment is missing": _fault(lambda copy: copy.segments("360p")[1].unlink(), "segment_missing"),
    "a segment of no bytes": _fault(lambda copy: copy.segments("360p")[1].write_bytes(b""), "segment_empty"),
    "a segment cut short": _fault(_cut, "segment_truncated"),
    "a broken segment": _fault(_wrong_lengths, "segment_unreadable"),
    "a segment twice": _fault(
        lambda copy: shutil.copy(copy.segments("360p")[0], copy.segments("360p")[1]),
        "segment_repeated",
    ),
    "a gap of 15 ms": _fault(_shifted(0.015, VIDEO_CLOCK, 2), "gap"),
    "an overlap of 15 ms": _fault(_shifted(-0.015, VIDEO_CLOCK, 2), "overlap"),
    "a gap in the sound": _fault(_shifted(0.015, AUDIO_CLOCK, 2, "audio"), "gap"),
    "shown 15 ms late": _fault(_shown(0.015), "shown_gap"),
    "shown 15 ms early": _fault(_shown(-0.015), "shown_overlap"),
    "segments without a keyframe first": _fault(_renamed(5, 1, 0), "no_keyframe_first"),
    "a keyframe that is none": _fault(_renamed(5, 1, 1), "keyframe_flag_wrong"),
    "a keyframe that only one has": _fault(
        _renamed(5, 1, 1, "240p"), "keyframe_flag_wrong", "keyframes_differ"
    ),
    "a rendition 40 ms late": _fault(
        _shifted(0.04, VIDEO_CLOCK, 0, "240p"), "boundaries_differ", "keyframes_differ"
    ),
    "a rendition without its end": _fault(
        _without_last("240p"), "segments_differ", "durations_differ", "frames_differ"
    ),
    "a discontinuity that only one has": _fault(marked("240p"), "discontinuities_differ"),
    "sound 50 ms late": _fault(_shifted(0.05, AUDIO_CLOCK, 0, "audio"), "starts_apart", "ends_apart"),
    "sound 30 ms early": _fault(_shifted(-0.03, AUDIO_CLOCK, 0, "audio"), "starts_apart", "ends_apart"),
    "sound without its end": _fault(_without_last("audio"), "ends_apart"),
    "subtitles in another format": _fault(_words("WEBVTT", "1"), "subtitles_unreadable"),
    "a cue without times": _fault(_words(r"-->", "to"), "subtitles_unreadable"),
    "no timestamp map": _fault(_words("X-TIMESTAMP-MAP.*\n", ""), "timestamp_map_wrong"),
    "another timestamp map": _fault(_words("MPEGTS:900000", "MPEGTS:990000"), "timestamp_map_wrong"),
    "a cue after the end": _fault(_words("00:00:09.500", "00:00:19.500"), "cue_outside"),
    "subtitles in no language": _fault(_master(',LANGUAGE="en"', ""), "language_missing"),
    "a subtitle segment is missing": _fault(
        lambda copy: (copy.root / "words" / "0.vtt").unlink(), "segment_missing"
    ),
    "a scrambled picture": _fault(_scrambled, "decode_error", decode=True),
    "a picture that the decoder skips": _fault(
        _renamed(0, 12, 0), "decode_error", "decode_count", decode=True
    ),
}
for _name, _code in (("BANDWIDTH", "bandwidth"), ("AVERAGE-BANDWIDTH", "average_bandwidth")):
    FAULTS |= {
        f"{_name} too low": _fault(_master(rf"([:,]){_name}=\d+", rf"\g<1>{_name}=200000"), f"{_code}_low"),
        f"{_name} too high": _fault(
            _master(rf"([:,]){_name}=\d+", rf"\g<1>{_name}=2000000"), f"{_code}_high"
        ),
    }
FAULTS["no AVERAGE-BANDWIDTH"] = _fault(_master(r"AVERAGE-BANDWIDTH=\d+,", ""), "average_bandwidth_missing")
