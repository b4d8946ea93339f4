"""Subtitles of generated files, made into segments of WebVTT by the real ffmpeg."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import ffmpeg as graph
import pytest

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import ChunkTranscoded, Made
from tests.joints import asked, recipe_of
from tests.media import H264, job_for, stored, text
from tests.media import ffmpeg as run_ffmpeg
from workers.media.probe import look
from workers.media.source import Source
from workers.media.subtitles import READING, cut, outputs, tracks
from workers.transcode.chunk import chunk

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
    return source, cut(source, folder, zero=zero, length=source.duration or 8, keep_location=False)


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


async def of_chunk(clip: Path, folder: Path) -> tuple[ChunkTranscoded, MemoryStore]:
    """What the handler makes of all of it in one chunk."""
    store = await stored(clip)
    recipe = await recipe_of(store)
    names = ("audio", *tracks(recipe.source))
    event = asked(recipe, names, 0, None)
    [made] = await chunk(event, job_for(event, store, folder, "chunk"))
    assert isinstance(made, ChunkTranscoded)
    return made, store


async def test_a_chunk_with_the_sound_sends_every_segment_of_subtitles(tmp_path: Path) -> None:
    event, store = await of_chunk(film(tmp_path), tmp_path)
    assert [made.name for made in event.made] == ["audio", "subtitles-0", "subtitles-1"]
    told = await text(store, f"{event.prefix}subtitles-1/00000.vtt")
    assert told.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n")
    assert "Grüße aus München" in told


async def test_a_cue_of_a_megabyte_costs_the_subtitles_and_not_the_video(tmp_path: Path) -> None:
    (tmp_path / "huge.srt").write_text(f"1\n00:00:01,000 --> 00:00:02,000\n{'x' * 1_500_000}\n")
    clip = tmp_path / "clip.mkv"
    sound = ("-f", "lavfi", "-i", "sine=duration=6", "-i", str(tmp_path / "huge.srt"))
    run_ffmpeg(*sound, "-map", "0", "-map", "1", "-c:a", "flac", "-c:s", "copy", str(clip))
    event, store = await of_chunk(clip, tmp_path)
    assert [made.name for made in event.made] == ["audio"]
    assert event.prefix.endswith("/without-subtitles/"), "what the first try told of is never written again"
    there = {info.key for info in await store.list(event.prefix)}
    assert {f"{event.prefix}audio/{file}" for file in ("init.mp4", "00000.m4s", "00001.m4s")} <= there
    assert sum(event.made[0].frames) == pytest.approx(6 * 48_000 / 1024, abs=2)


CORPUS = os.environ.get("REELMILL_CORPUS")


@pytest.mark.skipif(not CORPUS, reason="REELMILL_CORPUS names no folder of real media")
@pytest.mark.parametrize(
    ("name", "cues"),
    [
        (
            "streamio__awesome-movie-with-subtitles.m4v",
            {0.5: "This is a test subtitle.", 2: "AWESOME FIXTURE MOVIE", 5.95: "Nice."},
        ),
        ("exoplayer__sample_with_ssa_subtitles.mkv", {0: "This is the first subtitle."}),
    ],
)
async def test_subtitles_of_a_real_file_come_out(name: str, cues: dict[float, str], tmp_path: Path) -> None:
    event, store = await of_chunk(Path(str(CORPUS)) / name, tmp_path)
    assert [made.name for made in event.made] == ["audio", "subtitles-0"]
    told = await text(store, f"{event.prefix}subtitles-0/00000.vtt")
    assert told.count("-->") == len(cues)
    for start, words in cues.items():
        assert re.search(rf"00:00:{start:06.3f} --> \S+\n{re.escape(words)}\n", told)


@pytest.mark.parametrize("keep", [False, True])
async def test_a_track_with_coordinates_is_left_out_unless_a_setting_lets_it_through(
    keep: bool, tmp_path: Path
) -> None:
    """As drones write them; the other tracks stay."""
    clip = film(tmp_path)
    (tmp_path / "gps.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nISO 100, GPS(2.2945,48.8584,20)\n")
    flown = tmp_path / "flown.mkv"
    run_ffmpeg(
        *("-sub_charenc_mode", "ignore", "-i", str(clip), "-i", str(tmp_path / "gps.srt")),
        *("-map", "0", "-map", "1", "-c", "copy", str(flown)),
    )
    source = await look(str(flown))
    write(graph.input(str(flown), **READING), source, tmp_path)
    made = cut(source, tmp_path, zero=OFFSET, length=8, keep_location=keep)
    assert [one.name for one in made] == ["subtitles-0", "subtitles-1", "subtitles-2"][: 3 if keep else 2]
