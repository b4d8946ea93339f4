"""A video in chunks of one length, for `bench.workers`: how long they are is else the product's to decide."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from bench.encode import recipe_of
from pipeline.events import PlannedChunk, VideoPlanned
from tests.media import ffmpeg
from workers.media.layout import Layout
from workers.media.recipe import Recipe
from workers.transcode.plan import planned

QUEUE = "tail"


@dataclass(frozen=True)
class Equal:
    file: Path
    recipe: Recipe
    chunks: int
    span: int
    """Segments of each chunk."""

    def planned(self, source: str) -> VideoPlanned:
        names = tuple(rung.name for rung in self.recipe.rungs)
        starts = [self.span * number for number in range(self.chunks)]
        chunks = tuple(
            PlannedChunk(queue=QUEUE, track="rest", first=first, until=until, renditions=names, weight=1.0)
            for first, until in zip(starts, [*starts[1:], None], strict=True)
        )
        return planned(source, self.recipe, Layout(None, chunks))


def equal_chunks(clip: Path, chunks: int, span: int, folder: Path) -> Equal:
    """The picture of `clip` over and over, as long as it takes, to be cut without a rest."""
    picture, file = folder / f"picture{clip.suffix}", folder / f"looped{clip.suffix}"
    ffmpeg("-i", str(clip), "-map", "0:v:0", "-c", "copy", str(picture))
    segment = asyncio.run(recipe_of(picture)).segment
    seconds = f"{float(chunks * span * segment):.6f}"
    ffmpeg("-stream_loop", "-1", "-i", str(picture), "-c", "copy", "-t", seconds, str(file))
    recipe = asyncio.run(recipe_of(file))
    length = Fraction(recipe.source.duration or 0).limit_denominator(1000) / segment
    if abs(length - chunks * span) > Fraction(1, 10):
        raise ValueError(f"{clip.name} repeats to {float(length):.2f} segments, not {chunks * span}.")
    return Equal(file, recipe, chunks, span)
