"""Encodes a clip in one piece and in chunks, and holds the two against each other."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import ffmpeg as ffmpeg_python

from pipeline.events import ChunkRequested, ChunkTranscoded, Made
from pipeline.job import Job
from pipeline.ports import Store
from tests.media import SOURCE, content, ffprobe, job_for, stored
from workers.media.boxes import fragments
from workers.media.hls import INIT
from workers.media.ladder import plan
from workers.media.picture import renditions
from workers.media.probe import probe
from workers.media.rates import steady_rate
from workers.media.recipe import Recipe, recipe_json
from workers.transcode.chunk import chunk

NEAR = 12
"""Frames on either side of a joint."""


@dataclass(frozen=True)
class Encoded:
    recipe: Recipe
    chunks: tuple[ChunkTranscoded, ...]
    store: Store

    def made(self, name: str) -> list[tuple[ChunkTranscoded, Made]]:
        return [(one, made) for one in self.chunks for made in one.made if made.name == name]

    def inits(self, name: str) -> set[str]:
        return {made.init for _, made in self.made(name)}

    def frames(self, name: str) -> list[int]:
        """Of each segment."""
        return [count for _, made in self.made(name) for count in made.frames]

    async def file(self, name: str, folder: Path) -> Path:
        """A rendition as one file: the first init segment and all media segments."""
        [first, *_] = self.made(name)
        parts = [await content(self.store, f"{first[0].prefix}{name}/{INIT}")]
        parts += [await content(self.store, key) for key in self._keys(name)]
        file = folder / f"{name}-{len(self.chunks)}.mp4"
        file.write_bytes(b"".join(parts))
        return file

    async def starts(self, name: str, folder: Path) -> list[int]:
        """When each segment's first frame is decoded, in ticks."""
        found = []
        for key in self._keys(name):
            (folder / "segment.m4s").write_bytes(await content(self.store, key))
            found.append(fragments(folder / "segment.m4s").start)
        return found

    def _keys(self, name: str) -> list[str]:
        return [
            f"{one.prefix}{name}/{number:05}.m4s"
            for one, made in self.made(name)
            for number in range(one.first, one.first + len(made.frames))
        ]


async def recipe_of(store: Store) -> Recipe:
    source = await probe(store, SOURCE)
    picture = source.video
    return Recipe(source, plan(picture.width, picture.height, steady_rate(picture)) if picture else ())


def asked(
    recipe: Recipe, names: Sequence[str], first: int, until: int | None, number: int = 0
) -> ChunkRequested:
    return ChunkRequested(
        source=SOURCE,
        number=number,
        track="rest",
        first=first,
        until=until,
        renditions=tuple(names),
        recipe=recipe_json(recipe),
    )


async def encoded(
    store: Store, scratch: Path, cuts: Sequence[int], names: Sequence[str] | None = None
) -> Encoded:
    """The pictures of what lies in the store, in chunks that begin at 0 and at `cuts`, in segments."""
    recipe = await recipe_of(store)
    chosen = names or [rung.name for rung in recipe.rungs]
    bounds = [0, *cuts, None]
    chunks = []
    for number, (first, until) in enumerate(pairwise(bounds)):
        event = asked(recipe, chosen, first or 0, until, number)
        job: Job = job_for(event, store, scratch, f"of-{len(bounds) - 1}-{number}")
        [made] = await chunk(event, job)
        assert isinstance(made, ChunkTranscoded)
        chunks.append(made)
    return Encoded(recipe, tuple(chunks), store)


async def in_one_and_in_chunks(clip: Path, scratch: Path, cuts: Sequence[int]) -> tuple[Encoded, Encoded]:
    store = await stored(clip)
    return await encoded(store, scratch, []), await encoded(store, scratch, cuts)


def keyframes(file: Path) -> list[int]:
    packets = ffprobe(file, "-show_entries", "packet=flags")["packets"]
    return [number for number, packet in enumerate(packets) if "K" in packet["flags"]]


def joints(recipe: Recipe, name: str, cuts: Sequence[int]) -> list[int]:
    """The number of the first frame after each."""
    rung = next(rung for rung in recipe.rungs if rung.name == name)
    return [int(cut * recipe.segment * rung.rate) for cut in cuts]


def reference(recipe: Recipe, name: str, clip: Path, folder: Path) -> Path:
    """The pictures that the encoder of one rendition is given, without loss."""
    picture, file = recipe.source.video, folder / f"{name}-reference.mkv"
    assert picture is not None
    rung = next(rung for rung in recipe.rungs if rung.name == name)
    decoded = ffmpeg_python.input(str(clip))[str(picture.index)]
    [stream] = renditions(decoded, picture, (rung,), recipe.whole.clock, zscale=True)
    options = {"c:v": "libx264", "qp": 0, "preset": "ultrafast", "fps_mode": "passthrough", "v": "error"}
    subprocess.run(ffmpeg_python.output(stream, str(file), **options).compile(), check=True)
    return file


def likeness(file: Path, original: Path) -> list[float]:
    """SSIM of each frame, paired by number."""
    paired = "settb=1/24,setpts=N"
    graph = f"[0:v]{paired}[a];[1:v]{paired}[b];[a][b]ssim=stats_file=-"
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-i", str(original), "-lavfi", graph, "-f", "null"]
    said = subprocess.run([*command, "/dev/null"], capture_output=True, check=True, text=True).stdout
    return [float(value) for value in re.findall(r"All:([\d.]+)", said)]


def differences(one: Sequence[float], other: Sequence[float], at: Sequence[int]) -> list[float]:
    """Of the second to the first, frame by frame near the joints `at`."""
    near = sorted({frame for joint in at for frame in range(joint - NEAR, joint + NEAR)})
    return [other[frame] - one[frame] for frame in near if frame < len(one)]
