"""The chunk handler: what it tells of, when, and what it says when a part cannot be made."""

import asyncio
import os
import re
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.events import ChunkGrew, ChunkRequested, ChunkTranscoded, Event, Made, SoundRequested
from pipeline.job import Job
from pipeline.ports import Store
from tests.chain import eventually
from tests.joints import asked, recipe_of
from tests.media import H264, content, ffmpeg, job_for, make_clip, stored
from tests.processes import descendants
from workers.media.cores import CorePool
from workers.media.errors import Damaged, OutputIncomplete
from workers.transcode.chunk import chunk


class Listener:
    """Hears what is announced, and what is in the store by then."""

    def __init__(self, store: Store) -> None:
        self.heard: list[tuple[ChunkGrew, set[str]]] = []
        self.keys: list[str] = []
        self._store = store

    async def __call__(self, event: Event, key: str = "") -> None:
        assert isinstance(event, ChunkGrew)
        self.heard.append((event, {info.key for info in await self._store.list(event.prefix)}))
        self.keys.append(key)


def how_nice() -> list[int]:
    """Each ffmpeg that runs below this process, beyond it."""
    found = []
    for pid in descendants(os.getpid()):
        with suppress(FileNotFoundError, ProcessLookupError):  # a server's, say, which has ended meanwhile
            if Path(f"/proc/{pid}/comm").read_text().strip() == "ffmpeg":
                found.append(os.getpriority(os.PRIO_PROCESS, pid) - os.nice(0))
    return found


async def transcoded(event: ChunkRequested, job: Job) -> ChunkTranscoded:
    [made] = await chunk(event, job)
    assert isinstance(made, ChunkTranscoded)
    assert job.progress == 1.0
    return made


def files(prefix: str, made: Made, suffix: str = "m4s") -> set[str]:
    return {f"{prefix}{made.name}/{number:05}.{suffix}" for number in range(len(made.frames))}


async def test_sound_makes_way_once_its_head_was_told_of_and_not_before(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=900", str(clip))
    store = await stored(clip)
    event = SoundRequested(**asked(await recipe_of(store), ["audio"], 0, None).model_dump())
    told: list[list[int]] = []

    async def announce(event: Event, key: str = "") -> None:
        told.append(how_nice())

    async def begun() -> bool:
        return bool(how_nice())

    job = replace(job_for(event, store, tmp_path), announce=announce)
    encoding = asyncio.ensure_future(chunk(event, job, nice=5))
    await eventually(begun)
    assert how_nice() == [0]
    await encoding
    assert told[0] == [5]


async def test_sound_is_told_of_each_time_that_it_has_doubled(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp3"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=300", str(clip))
    store = await stored(clip)
    event = SoundRequested(**asked(await recipe_of(store), ["audio"], 0, None).model_dump())
    listener = Listener(store)
    made = await transcoded(event, replace(job_for(event, store, tmp_path), announce=listener))
    counts = [len(grew.made[0].frames) for grew, _ in listener.heard]
    assert counts
    assert counts[0] >= 2
    assert all(later >= 2 * earlier for earlier, later in pairwise(counts))
    assert len(set(listener.keys)) == len(counts)
    for grew, there in listener.heard:
        assert there >= files(grew.prefix, grew.made[0]) | {f"{grew.prefix}audio/init.mp4"}
        assert made.made[0].frames[: len(grew.made[0].frames)] == grew.made[0].frames
    assert sum(made.made[0].frames) * 1024 / 48_000 == pytest.approx(300, abs=0.1)


async def test_a_part_of_everything_makes_sound_and_subtitles_too(tmp_path: Path) -> None:
    cues, clip = tmp_path / "cues.srt", tmp_path / "clip.mkv"
    cues.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    plain = make_clip(tmp_path / "plain.mp4", seconds=5)
    ffmpeg("-i", str(plain), "-i", str(cues), "-map", "0", "-map", "1", "-c", "copy", str(clip))
    store = await stored(clip)
    event = asked(await recipe_of(store), ["240p", "audio", "subtitles-0"], 0, None)
    made = await transcoded(event, job_for(event, store, tmp_path))
    assert [one.name for one in made.made] == ["240p", "audio", "subtitles-0"]
    there = {info.key: info.size for info in await store.list(made.prefix)}
    for one, suffix in zip(made.made, ("m4s", "m4s", "vtt"), strict=True):
        assert [there[key] for key in sorted(files(made.prefix, one, suffix))] == list(one.sizes)
    assert made.made[0].frames[0] == 100
    assert made.made[0].codec.startswith("avc1.")
    assert made.took > 0


async def test_no_init_segment_tells_which_build_of_ffmpeg_made_it(tmp_path: Path) -> None:
    """All chunks of a rendition have the same one, whichever worker made them."""
    store = await stored(make_clip(tmp_path / "clip.mp4", seconds=1))
    event = asked(await recipe_of(store), ["240p", "audio"], 0, None)
    made = await transcoded(event, job_for(event, store, tmp_path))
    for name in ("240p", "audio"):
        init = await content(store, f"{made.prefix}{name}/init.mp4")
        assert b"moov" in init
        assert not re.search(rb"Lav[cf]\d|x264 - core", init)


async def test_what_cannot_be_decoded_to_its_end_is_said_to_be_damaged(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4", *H264, "-g", "25", "-movflags", "faststart", seconds=12, sound=False
    )
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle:] = b"\xff" * (len(data) - middle)
    clip.write_bytes(data)
    store = await stored(clip)
    event = asked(await recipe_of(store), ["240p"], 2, None)
    with pytest.raises(Damaged):
        await chunk(event, job_for(event, store, tmp_path))


async def test_a_part_beyond_the_end_is_never_empty_in_silence(tmp_path: Path) -> None:
    store = await stored(make_clip(tmp_path / "clip.mp4", seconds=5, sound=False))
    event = asked(await recipe_of(store), ["240p"], 3, 4)
    with pytest.raises(OutputIncomplete, match="Nothing came out as 240p"):
        await chunk(event, job_for(event, store, tmp_path))


async def test_a_part_that_ends_too_soon_is_refused(tmp_path: Path) -> None:
    store = await stored(make_clip(tmp_path / "clip.mp4", seconds=5, sound=False))
    event = asked(await recipe_of(store), ["240p"], 0, 2)
    with pytest.raises(OutputIncomplete, match=r"5\.\d of 8\.0 seconds"):
        await chunk(event, job_for(event, store, tmp_path))


async def test_parts_that_run_at_once_are_held_to_cores_of_their_own(tmp_path: Path) -> None:
    store = await stored(make_clip(tmp_path / "clip.mp4", seconds=5, sound=False))
    recipe, pool = await recipe_of(store), CorePool(1)
    events = [asked(recipe, ["240p"], first, until, first) for first, until in ((0, 1), (1, None))]
    jobs = [job_for(event, store, tmp_path, f"part-{event.number}") for event in events]
    made = await asyncio.gather(
        *(chunk(event, job, cores=pool, nice=5) for event, job in zip(events, jobs, strict=True))
    )
    assert [one.first for [one] in made if isinstance(one, ChunkTranscoded)] == [0, 1]
