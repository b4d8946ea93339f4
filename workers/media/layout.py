"""Which parts of a video are encoded apart, in which order and by whom. Pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain, pairwise, repeat
from math import ceil

from pipeline.chunks import LEAD
from pipeline.events import PlannedChunk
from workers.media.ladder import Rung
from workers.media.length import length
from workers.media.recipe import AUDIO, Recipe
from workers.media.subtitles import tracks

HEAD, SOUND, TAIL = "head", "sound", "tail"
"""The queues: what somebody waits for, the sound, and everything else."""

_LEAD_SIDE = 480
"""Lines. Encoded alone it runs at four times real time on two cores, so that a viewer who starts at once is
not overtaken; a larger one looks better and stalls."""
_LEAD_SPANS = (1, 2, 4)
"""Segments in the lead's first chunks, 4, 8 and 16 s: the first is there soonest, and buys time."""
_LEAD_SPAN = 6
"""Segments from then on, 24 s: to start one (a process, a seek, a second decoded twice) costs 3 % of it."""
_SPAN = 8
"""Segments in any other chunk, 32 s: less than a minute for two cores, which is what a lost worker costs."""
_SHORT = 12
"""Segments, 48 s: up to here one pass over everything is done in a minute; chunks would decode it twice over
for nothing."""
_QUICK = 60.0
"""Seconds of two cores that a chunk nobody waits for may take before others' tails: longer ones, of 4K, would
hold up every head behind them for minutes."""
_FIRST_MINUTE = Fraction(60)
"""Seconds of the lead that go before other videos' tails; by then the lead is well ahead of its viewer."""
_FAR = Fraction(30)
"""Seconds between keyframes, from which on chunks are laid out by them: up to here a chunk decodes less than
it encodes. Recorders of screens write one at the start and no more."""
_PIXEL_SECONDS = 14e-9
"""What a pixel costs, in seconds of two cores: five rungs of 1080p24 are 90 million a second, and run at
0.8 times real time."""
_SOUND_SECONDS = 0.02
"""What a second of sound costs: it is encoded at 51 times real time."""
_LEAST_WEIGHT = 0.001
"""Seconds: the smallest that is told. Work of no weight would be no progress."""


@dataclass(frozen=True)
class Layout:
    lead: str | None
    """The rendition that goes ahead, in chunks of its own."""
    chunks: tuple[PlannedChunk, ...]
    """In the order in which they are to be worked on."""

    @property
    def cut(self) -> bool:
        """Whether some begin in the midst of the source, which must be reached there."""
        return any(chunk.first > 0 for chunk in self.chunks)


def in_one(recipe: Recipe) -> Layout:
    """Everything in one pass, whatever it takes: for what can only be read from its start."""
    return Layout(None, _track(recipe, "all", [*_pictures(recipe), *_sounds(recipe)], [0]))


def lay_out(recipe: Recipe, *, web_safe: bool) -> Layout:
    """Without a lead where browsers play the source itself: nobody waits for it then."""
    total = _segments(recipe)
    if not recipe.rungs:
        return Layout(None, _track(recipe, SOUND, _sounds(recipe), [0]))
    if total is None or total <= (_SHORT if web_safe else 1):
        return in_one(recipe)
    names, sound, reach = _pictures(recipe), _track(recipe, SOUND, _sounds(recipe), [0]), _reach(recipe)
    if web_safe:
        return Layout(None, (*sound, *_track(recipe, "rest", names, _starts(repeat(_SPAN), total, reach))))
    lead = _lead(recipe.rungs).name
    first, *later = _track(recipe, LEAD, [lead], _starts(_lead_spans(), total, reach))
    others = [name for name in names if name != lead]
    spans = repeat(_SPAN) if total > _SHORT else repeat(_SHORT)
    rest = _track(recipe, "rest", others, _starts(spans, total, reach))
    return Layout(lead, (first, *sound, *later, *rest))


def _pictures(recipe: Recipe) -> list[str]:
    return [rung.name for rung in recipe.rungs]


def _sounds(recipe: Recipe) -> list[str]:
    """The sound and what is said in it."""
    return [*((AUDIO,) if recipe.source.audio else ()), *tracks(recipe.source)]


def _segments(recipe: Recipe) -> Fraction | None:
    """How many segments will come out, the last of them in part; None where nothing says how long it is.

    What was measured goes before what is declared: a chunk beyond the end would come out empty. A picture
    that ends before its sound is not the end: it stays.
    """
    whole = length(recipe.source, recipe.rungs)
    seconds = whole.seconds if whole else recipe.source.reaches or recipe.source.duration
    return Fraction(seconds).limit_denominator(1000) / recipe.segment if seconds else None


def _reach(recipe: Recipe) -> Callable[[int], int]:
    """How many segments a chunk that begins with a given one has to read before its own, as far as they
    matter: back to its keyframe, or, beyond the last picture, what the file holds from there on."""
    source = recipe.source
    gap = Fraction(source.keyframe_gap).limit_denominator(1000)
    away = ceil(gap / recipe.segment) if gap > _FAR else 0
    ends = source.video.ends if source.video and source.scanned else None
    return lambda first: first if ends is not None and first * recipe.segment >= ends else min(first, away)


def _lead(rungs: tuple[Rung, ...]) -> Rung:
    return next((rung for rung in rungs if min(rung.width, rung.height) <= _LEAD_SIDE), rungs[-1])


def _lead_spans() -> Iterator[int]:
    return chain(_LEAD_SPANS, repeat(_LEAD_SPAN))


def _starts(spans: Iterable[int], total: Fraction, reach: Callable[[int], int]) -> list[int]:
    """The first segment of each chunk. A last one shorter than half of its span goes to its neighbour: it is
    hardly worth a process, and where the end was measured a little late it might be empty.

    Each lasts as long at least as what it has to read before, or all would be read over and over."""
    starts = [0]
    for span, following in pairwise(spans):
        end = starts[-1] + max(span, reach(starts[-1]))
        if total - end < Fraction(max(following, reach(end)), 2):
            return starts
        starts.append(end)
    raise ValueError("spans go on for ever")


def _track(
    recipe: Recipe, track: str, renditions: Iterable[str], starts: list[int]
) -> tuple[PlannedChunk, ...]:
    """One chunk from each start to the next, the last to wherever the source ends; none for no renditions."""
    names = tuple(renditions)
    weigh = partial(_weight, recipe, names)
    ends: list[int | None] = [*starts[1:], None]
    return tuple(
        PlannedChunk(
            queue=_queue(recipe, track, first, weigh(first, until)),
            track=track,
            first=first,
            until=until,
            renditions=names,
            weight=weigh(first, until),
        )
        for first, until in zip(starts, ends, strict=True)
        if names
    )


def _queue(recipe: Recipe, track: str, first: int, weight: float) -> str:
    if track == SOUND:
        return SOUND
    if track == LEAD:
        return HEAD if first * recipe.segment < _FIRST_MINUTE else TAIL
    total = _segments(recipe)
    return HEAD if (total is None or total <= _SHORT) and weight <= _QUICK else TAIL


def _weight(recipe: Recipe, names: tuple[str, ...], first: int, until: int | None) -> float:
    """Seconds of two cores that it may take."""
    segments = (_segments(recipe) or Fraction(1)) if until is None else Fraction(until)
    seconds = float(max(segments - first, Fraction(1, 4)) * recipe.segment)
    pixels = sum(rung.width * rung.height * float(rung.rate) for rung in recipe.rungs if rung.name in names)
    sound = any(name not in _pictures(recipe) for name in names)
    return max(_LEAST_WEIGHT, round(seconds * (pixels * _PIXEL_SECONDS + sound * _SOUND_SECONDS), 3))
