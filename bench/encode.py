"""What the ladder of a clip costs, ours against others' ways of making it: `python -m bench.encode CLIP`.

The ways take turns. Compared run by run: processor seconds and time; once: bytes and SSIM of every rung.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import quality
from bench.cost import Cost
from bench.ladders import Way, bare, mediacms, ours, peertube
from bench.report import Figures, machine, rotated, table
from pipeline.adapters.memory_store import MemoryStore
from workers.media.hls import Recipe
from workers.media.ladder import plan
from workers.media.probe import probe
from workers.media.rates import steady_rate

_CPU, _WALL, _SSIM = 0.78, 0.50, 0.0005
"""What is asked of us against PeerTube's way: at most these parts of its cost, at most so much less like."""


@dataclass
class Measured:
    way: Way
    costs: list[Cost]
    rungs: list[quality.Rendition]
    audio_bytes: int = 0

    @property
    def cpu(self) -> Figures:
        return Figures(tuple(cost.cpu for cost in self.costs))

    @property
    def wall(self) -> Figures:
        return Figures(tuple(cost.wall for cost in self.costs))

    @property
    def video_bytes(self) -> int:
        return sum(rung.video_bytes for rung in self.rungs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    clip = asked.clip.resolve()
    recipe = asyncio.run(recipe_of(clip))
    before = machine()
    measured = measure([make(recipe, clip) for make in (ours, peertube, mediacms, bare)], clip, asked.runs)
    print(f"{before}\n{clip.name}, {len(recipe.rungs)} rungs, median (lowest-highest) of {asked.runs}\n")
    print(f"{costs(measured)}\n\n{rungs(measured, recipe)}\n")
    missed = misses(measured[0], measured[1], quality.frames_of(clip))
    print("\n".join(missed) or "All of what is asked against PeerTube's way holds.")
    return 1 if missed else 0


async def recipe_of(clip: Path) -> Recipe:
    """What the transcode worker would encode."""
    store = MemoryStore()
    await store.put("source", clip, "video/mp4")
    source = await probe(store, "source")
    store.close()
    picture = source.video
    return Recipe(source, plan(picture.width, picture.height, steady_rate(picture)) if picture else ())


def measure(ways: Sequence[Way], clip: Path, runs: int) -> list[Measured]:
    """In the order of `ways`."""
    measured = {way.name: Measured(way, [], []) for way in ways}
    for run in range(runs):
        for name in rotated(list(measured), run):
            _run(measured[name], clip, read=run == runs - 1)
    return list(measured.values())


def _run(measured: Measured, clip: Path, *, read: bool) -> None:
    way = measured.way
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name:
        folder = Path(name)
        measured.costs.append(way.run(folder))
        if read:
            _read(measured, clip, folder)


def _read(measured: Measured, clip: Path, folder: Path) -> None:
    joined, way = folder / "joined.mp4", measured.way
    measured.rungs = [quality.read(quality.one_file(folder, rung, joined), clip) for rung in way.rungs]
    measured.audio_bytes = sum(rung.audio_bytes for rung in measured.rungs)
    if way.audio is not None:
        measured.audio_bytes += quality.read(quality.one_file(folder, way.audio, joined), clip).audio_bytes


def costs(measured: Sequence[Measured]) -> str:
    us = measured[0]
    head = ("way", "CPU s", "wall s", "video bytes", "audio bytes", "our CPU", "our wall", "our video bytes")
    return table(
        head,
        [
            (
                each.way.name,
                each.cpu.shown(1),
                each.wall.shown(1),
                each.video_bytes,
                each.audio_bytes,
                us.cpu.over(each.cpu).shown(),
                us.wall.over(each.wall).shown(),
                f"{us.video_bytes / each.video_bytes:.3f}",
            )
            for each in measured
        ],
    )


def rungs(measured: Sequence[Measured], recipe: Recipe) -> str:
    head = ["rung", *(f"{each.way.name}: bytes, SSIM" for each in measured)]
    made = zip(recipe.rungs, *(each.rungs for each in measured), strict=True)
    return table(
        head, [(rung.name, *(f"{one.video_bytes}, {one.ssim:.6f}" for one in each)) for rung, *each in made]
    )


def misses(us: Measured, peer: Measured, frames: int) -> list[str]:
    """What does not hold of check 4, in words."""
    cpu, wall = us.cpu.over(peer.cpu).median, us.wall.over(peer.wall).median
    found = []
    if cpu > _CPU:
        found.append(f"CPU is {cpu:.2f} of the peer's, not {_CPU:.2f}.")
    if wall > _WALL:
        found.append(f"Wall time is {wall:.2f} of the peer's, not {_WALL:.2f}.")
    if us.video_bytes > peer.video_bytes:
        found.append(f"{us.video_bytes} bytes of video are more than {peer.video_bytes}.")
    for way, rung, theirs in zip(us.way.rungs, us.rungs, peer.rungs, strict=True):
        if (rung.ssim or 0) < (theirs.ssim or 0) - _SSIM:
            found.append(f"{way[0]}: SSIM {rung.ssim} is less than {theirs.ssim} - {_SSIM}.")
    found += [
        f"{each.way.name} made {rung.frames} frames, not {frames}."
        for each in (us, peer)
        for rung in each.rungs
        if rung.frames != frames
    ]
    return found


if __name__ == "__main__":
    sys.exit(main())
