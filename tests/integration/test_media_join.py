"""Videos that were cut into chunks: what the join makes of them conforms, and is the whole of the source."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conformance.inspection import inspect
from cli.conformance.places import Folder
from pipeline.playlists import read_media
from tests.media import H264, ffmpeg, frame_count, joined, make_clip, stream_of
from tests.transcoding import saved, transcoded

SMALL = "426x240"


def _plain(rate: str, name: str = "clip.mp4") -> Callable[[Path], Path]:
    return lambda folder: make_clip(folder / name, seconds=29, size=SMALL, rate=rate)


def _without_sound(folder: Path) -> Path:
    return make_clip(folder / "clip.mp4", seconds=29, size=SMALL, sound=False)


def _from_a_camera(folder: Path) -> Path:
    codecs = ("-c:v", "mpeg2video", "-q:v", "6", "-g", "12", "-bf", "2", "-c:a", "mp2")
    return make_clip(folder / "clip.ts", *codecs, seconds=29, size=SMALL)


def _with_subtitles(folder: Path) -> Path:
    words, plain = folder / "words.srt", make_clip(folder / "plain.mkv", seconds=29, size=SMALL)
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:20,000 --> 00:00:22,000\nBye.\n")
    clip = folder / "clip.mkv"
    ffmpeg("-i", str(plain), "-i", str(words), "-c", "copy", "-metadata:s:s:0", "language=eng", str(clip))
    return clip


CLIPS: dict[str, Callable[[Path], Path]] = {
    "25 frames a second": _plain("25"),
    "NTSC": _plain("30000/1001"),
    "60 frames a second": _plain("60"),
    "without sound": _without_sound,
    "a transport stream": _from_a_camera,
    "with subtitles": _with_subtitles,
}


def fences(master: Path, rendition: str) -> set[str]:
    """Of the jobs whose segments its playlist names: `../../../3/240p/00000.m4s`."""
    playlist = read_media((master.parent / rendition / "index.m3u8").read_text())
    return {uri.split("/")[3] for uri in playlist.segments}


@pytest.mark.parametrize("name", CLIPS)
async def test_chunks_become_one_video_that_conforms(name: str, tmp_path: Path) -> None:
    clip = CLIPS[name](tmp_path)
    event, store = await transcoded(clip, tmp_path, cut=True)
    master = await saved(event, store, tmp_path / "tree")
    found = inspect(Folder(), str(master))
    assert found.findings == []
    assert event.duration == pytest.approx(29, abs=0.1)
    largest = event.renditions[0].name
    assert len(fences(master, largest)) == 3
    rate = stream_of(clip)["r_frame_rate"]
    if rate != "60/1":
        assert frame_count(await joined(event, largest, store, tmp_path)) == frame_count(clip)


async def test_what_browsers_play_is_cut_only_when_it_is_long(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", *H264, seconds=60, size="64x48", rate="10")
    event, store = await transcoded(clip, tmp_path)
    master = await saved(event, store, tmp_path / "tree")
    assert inspect(Folder(), str(master)).findings == []
    assert len(fences(master, event.renditions[0].name)) == 2
