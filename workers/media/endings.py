"""Whether picture and sound reach as far as the source does; where its header disagrees, packets decide."""

from collections.abc import Iterator

from workers.media.faults import lost
from workers.media.hls import AUDIO, Recipe
from workers.media.probe import measured
from workers.media.source import Source
from workers.media.verify import Tree


def near(made: float, expected: float) -> bool:
    """Half a second covers how differently containers count a last frame; 1 % covers their rounded clocks."""
    return abs(made - expected) <= max(0.5, expected / 100)


async def check_endings(tree: Tree, recipe: Recipe, location: str, stderr: str) -> None:
    """Returns when `tree` shows the whole source, or all there is of one that was cut short.

    Raises Damaged when the rest is there but cannot be decoded, else OutputIncomplete.
    """
    if all(near(made, ends) for made, ends in _pairs(tree, recipe, recipe.source)):
        return
    for made, ends in _pairs(tree, recipe, await measured(recipe.source, location)):
        if not near(made, ends):
            raise lost(f"{made:.1f} of {ends:.1f} seconds came out.", stderr)


def _pairs(tree: Tree, recipe: Recipe, source: Source) -> Iterator[tuple[float, float]]:
    """How far each stream came, and how far it should; the whole where the source does not say it of each."""
    if source.video is not None and source.video.ends is not None:
        yield tree.playlists[recipe.rungs[0].name].duration, source.video.ends
    if source.audio is not None and source.audio.ends is not None:
        yield tree.playlists[AUDIO].duration, source.audio.ends
    if source.duration is not None:
        yield tree.duration, source.duration
