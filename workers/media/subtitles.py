"""Subtitles that a file holds as text, made into WebVTT renditions by the run that makes its sound.

Those that are pictures (DVD, Blu-ray, DVB) would have to be read by eye: the metadata says they are left out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg

from pipeline.events import Made
from workers.media.cues import LONGEST_LINE, read_cues, segments
from workers.media.places import tells_place
from workers.media.source import Source, Stream

TEXT_CODECS = frozenset({"ass", "ssa", "subrip", "srt", "mov_text", "webvtt", "text"})
READING = {"sub_charenc_mode": "ignore"}
"""Of the input: else ffmpeg drops every cue that is not UTF-8, as many an old SRT is not."""
SUBTITLES_TYPE = "text/vtt"
_MOST = 32
"""Tracks: a film with all its languages has about that many, and each costs a viewer a line in a menu."""
_LARGEST = 8 * 1024**2
"""Bytes of one track: 20 times those of the most talkative film; what is beyond is left out."""
_WITH_COMMENTS = ("ass", "ssa")


class SubtitlesFailed(Exception):
    """ffmpeg gave up the whole run over one cue: it takes none of a megabyte and more."""


def failed(stderr: str) -> bool:
    return "Subtitle encoding failed" in stderr


def tracks(source: Source) -> dict[str, Stream]:
    """The streams that become renditions, by the rendition's name."""
    kept = [one for one in source.streams if one.type == "subtitle" and one.codec in TEXT_CODECS]
    return {f"subtitles-{number}": stream for number, stream in enumerate(kept[:_MOST])}


def outputs(opened: Any, source: Source, offset: float) -> list[Any]:
    """What has ffmpeg write each track of the input `opened` into the folder it runs in.

    Apart from the sound's, so that a cue that is hours away holds nothing up; `offset` seconds are added to
    every time, as cues before 0 would make ffmpeg shift them all.
    """
    return [
        ffmpeg.output(
            opened[str(stream.index)],
            f"{name}.ass",
            **{"c:s": "ass", "f": "ass", "ignore_readorder": 1, "fs": _LARGEST, "output_ts_offset": offset},
            map_metadata=-1,
            map_chapters=-1,
        )
        for name, stream in tracks(source).items()
    ]


def cut(source: Source, folder: Path, *, zero: float, length: float, keep_location: bool) -> list[Made]:
    """Segments below `folder`, as `subtitles-0/00000.vtt`, of each track that ffmpeg wrote there.

    `zero` is the timestamp in them of the video's start, `length` its seconds. A track in which nothing is
    said is none, nor is one with coordinates unless `keep_location`: drones write them into every cue.
    Takes up to a second for each: call it in a thread.
    """
    made = (
        _cut(stream, folder, name, zero=zero, length=length, keep_location=keep_location)
        for name, stream in tracks(source).items()
        if (folder / f"{name}.ass").exists()
    )
    return [one for one in made if one is not None]


def _cut(
    stream: Stream, folder: Path, name: str, *, zero: float, length: float, keep_location: bool
) -> Made | None:
    written = folder / f"{name}.ass"
    cues = read_cues(
        _lines(written),
        zero=zero,
        length=length,
        language=stream.language,
        comments=stream.codec in _WITH_COMMENTS,
    )
    written.unlink()
    tells = any(tells_place(text) for text in (stream.title or "", *(cue.text for cue in cues)))
    if not cues or (tells and not keep_location):
        return None
    (folder / name).mkdir(exist_ok=True)
    frames, sizes = [], []
    for number, (text, ticks) in enumerate(segments(cues, length)):
        sizes.append((folder / name / f"{number:05}.vtt").write_bytes(text.encode()))
        frames.append(ticks)
    return Made(
        name=name,
        codec="wvtt",
        init="",
        frames=tuple(frames),
        sizes=tuple(sizes),
        language=stream.language,
        title=stream.title,
        default=stream.default,
        forced=stream.forced,
    )


def _lines(file: Path) -> Iterator[bytes]:
    """What a line holds beyond the longest comes as lines of its own, which are no cues."""
    with file.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            yield line
