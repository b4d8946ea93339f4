"""Subtitles of generated files, made into segments of WebVTT by the real ffmpeg."""

import re
import subprocess
from pathlib import Path
from typing import Any

import ffmpeg as graph
import pytest

from pipeline.events import Made
from tests.media import H264
from tests.media import ffmpeg as run_ffmpeg
from workers.media.probe import look
from workers.media.source import Source
from workers.media.subtitles import READING, cut, outputs

OFFSET = 10
ENGLISH = """1
00:00:01,000 --> 00:00:02,500
Hello <i>there</i>

2
00:00:03,333 --> 00:00:04,777
Salt & pepper
on two lines
"""
GERMAN = "1\n00:00:00,500 --> 00:00:01,500\nGrüße aus München\n\n2\n00:00:05,000 --> 00:00:06,000\nEnde\n"


def film(folder: Path, *options: str, name: str = "film.mkv", codec: str = "copy") -> Path:
    """Eight seconds with two tracks of subtitles; `options` are the output's."""
    (folder / "en.srt").write_text(ENGLISH)
    (folder / "de.srt").write_bytes(GERMAN.encode("latin-1"))
    inputs = [
        word
        for lavfi in ("testsrc2=size=64x48:rate=25:duration=8", "sine=duration=8")
        for word in ("-f", "lavfi", "-i", lavfi)
    ]
    inputs += ["-i", str(folder / "en.srt"), "-sub_charenc_mode", "ignore", "-i", str(folder / "de.srt")]
    mapped = [word for number in range(4) for word in ("-map", str(number))]
    sound = ("-c:a", "flac") if name.endswith("mkv") else ("-c:a", "aac")
    run_ffmpeg(*inputs, *mapped, *H264, *sound, "-c:s", codec, *options, str(folder / name))
    return folder / name


def write(opened: Any, source: Source, folder: Path) -> None:
    """As a chunk does, beside the sound."""
    sound = graph.output(opened["a:0"], str(folder / "sound.wav"))
    command = graph.merge_outputs(sound, *outputs(opened, source, OFFSET)).compile(
        cmd=["ffmpeg", "-v", "error"]
    )
    subprocess.run(command, cwd=folder, check=True, timeout=60)


async def written(clip: Path, folder: Path, *, copyts: bool = False) -> tuple[Source, list[Made]]:
    """The tracks of `clip`, as segments."""
    source = await look(str(clip))
    opened = graph.input(str(clip), **READING, **({"copyts": None} if copyts else {}))
    write(opened, source, folder)
    zero = OFFSET + (source.starts if copyts else 0)
    return source, cut(source, folder, zero=zero, length=source.duration or 8)


def cues(made: Made, folder: Path) -> list[tuple[float, float, str]]:
    told = "".join((folder / made.name / f"{n:05}.vtt").read_text() for n in range(len(made.frames)))
    found = re.findall(r"(\d\d):(\d\d):([\d.]+) --> (\d\d):(\d\d):([\d.]+)\n((?:.+\n)+)", told)
    return [
        (int(h) * 3600 + int(m) * 60 + float(s), int(hh) * 3600 + int(mm) * 60 + float(ss), text.strip())
        for h, m, s, hh, mm, ss, text in found
    ]


async def test_two_tracks_come_out_with_what_they_are_called_and_for_whom(tmp_path: Path) -> None:
    named = ("-metadata:s:s:0", "language=eng", "-metadata:s:s:0", "title=With sounds")
    clip = film(tmp_path, *named, "-metadata:s:s:1", "language=ger", "-disposition:s:1", "default+forced")
    _, [english, german] = await written(clip, tmp_path)
    assert (english.name, english.language, english.title) == ("subtitles-0", "eng", "With sounds")
    assert (german.name, german.language, german.title) == ("subtitles-1", "ger", None)
    assert [(made.default, made.forced) for made in (english, german)] == [(False, False), (True, True)]
    assert [text for *_, text in cues(english, tmp_path)] == [
        "Hello there",
        "Salt &amp; pepper\non two lines",
    ]
    assert [text for *_, text in cues(german, tmp_path)] == ["Grüße aus München", "Ende"]
    assert sum(english.frames) == pytest.approx(8 * 90_000, abs=9000)
    assert english.sizes == ((tmp_path / "subtitles-0" / "00000.vtt").stat().st_size,)


@pytest.mark.parametrize("copyts", [False, True])
@pytest.mark.parametrize("start", ["0", "5", "3600.04"])
async def test_cues_keep_their_time_to_the_picture_wherever_the_clock_starts(
    start: str, copyts: bool, tmp_path: Path
) -> None:
    clip = film(tmp_path, "-output_ts_offset", start)
    _, [english, german] = await written(clip, tmp_path, copyts=copyts)
    times = [time for made in (english, german) for *span, _ in cues(made, tmp_path) for time in span]
    assert times == pytest.approx([1, 2.5, 3.333, 4.777, 0.5, 1.5, 5, 6], abs=0.02)


async def test_subtitles_of_mp4_are_text_too(tmp_path: Path) -> None:
    clip = film(tmp_path, name="film.mp4", codec="mov_text")
    _, [english, german] = await written(clip, tmp_path)
    assert [text for *_, text in cues(english, tmp_path)] == [
        "Hello there",
        "Salt &amp; pepper\non two lines",
    ]
    assert cues(german, tmp_path)[0][0] == pytest.approx(0.5, abs=0.02)


async def test_a_track_of_rubbish_and_one_that_says_nothing_cost_no_other(tmp_path: Path) -> None:
    clip = film(tmp_path)
    data = clip.read_bytes()
    assert data.count(b"Hello") == 1
    clip.write_bytes(
        data.replace(b"Hello <i>there</i>", b"\0" * 18).replace(b"Salt & pepper\non two", b"\0" * 20)
    )
    _, made = await written(clip, tmp_path)
    assert [one.name for one in made] == ["subtitles-1"]
    assert (tmp_path / "sound.wav").stat().st_size > 8 * 44_100
