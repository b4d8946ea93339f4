"""Whether picture and sound reach as far as the source's packets do."""

from collections.abc import Iterator

from workers.media.faults import lost
from workers.media.hls import AUDIO, Recipe
from workers.media.length import length
from workers.media.verify import Tree


def near(made: float, expected: float, *, counted: bool = False) -> bool:
    """Half a second covers how differently containers count a last frame; 1 % covers the rounded clocks of
    their headers. Where packets were `counted` nothing was rounded, and 1 % of a film is a minute."""
    return abs(made - expected) <= (0.5 if counted else max(0.5, expected / 100))


def check_endings(tree: Tree, recipe: Recipe, stderr: str) -> None:
    """Returns when `tree` shows the whole source, or all there is of one that was cut short.

    Raises Damaged when the rest is there but cannot be decoded, else OutputIncomplete.
    """
    for made, ends in _pairs(tree, recipe):
        if not near(made, ends, counted=recipe.source.scanned):
            raise lost(f"{made:.1f} of {ends:.1f} seconds came out.", stderr)


def _pairs(tree: Tree, recipe: Recipe) -> Iterator[tuple[float, float]]:
    """How far each stream came, and how far it should."""
    source, whole = recipe.source, length(recipe.source, recipe.rungs)
    if source.video is not None and source.video.ends is not None:
        made = tree.renditions[recipe.rungs[0].name].playlist.duration
        yield made, whole.seconds if whole else source.video.ends
    if source.audio is not None and source.audio.ends is not None:
        yield tree.renditions[AUDIO].playlist.duration, whole.seconds if whole else source.audio.ends
