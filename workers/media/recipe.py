"""What is to be made of a source, decided once and sent with every chunk of the work."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter

from workers.media.allowed import MAX_DURATION
from workers.media.clock import Clock
from workers.media.ladder import GROUP_SECONDS, SEGMENT_GROUPS, Rung
from workers.media.length import length
from workers.media.source import JUMPING, Picture, Sound, Source

AUDIO = "audio"
SUBTITLES = "subtitles-"
"""Begins the name of each of their renditions."""
_SLACK = 5.0
"""Seconds that may come out beyond what the source holds, and 2 %: more than any two clocks differ, so that
what was cut off there is seen to be too long."""
_SEEN = 12
"""Frames that an encoder looks ahead, about: without those beyond a joint it saves on the last before it, and
on the keyframe behind it, which can be seen in small pictures. They are 3 % of a chunk of 32 s."""

_UNSEEN = 120.0
"""Seconds that a keyframe may be away though none was seen so far from the next: of large files only the last
packets are read."""


@dataclass(frozen=True)
class Recipe:
    """What is to be made of a source."""

    source: Source
    rungs: tuple[Rung, ...]
    """Empty for a source without a picture."""
    keep_location: bool = False
    """Whether subtitles may tell where it was filmed."""

    @property
    def names(self) -> tuple[str, ...]:
        """The folders that come out, each with a playlist, an init segment and segments."""
        return (*(rung.name for rung in self.rungs), *((AUDIO,) if self.source.audio else ()))

    @property
    def limit(self) -> float:
        """Seconds after which every rendition ends, whatever a broken clock makes ffmpeg fill in."""
        known = max(self.source.duration or 0.0, self.source.reaches or 0.0)
        return (known or MAX_DURATION.total_seconds()) * 1.02 + _SLACK

    @property
    def segment(self) -> Fraction:
        """Seconds of a segment, the same in every rendition: whole groups of whole frames."""
        if not self.rungs:
            return Fraction(SEGMENT_GROUPS * GROUP_SECONDS)
        return SEGMENT_GROUPS * self.rungs[0].group / self.rungs[0].rate

    @property
    def whole(self) -> "Part":
        return Part(self, self.rungs, self.source.audio is not None)

    def part(self, names: Collection[str], first: int, until: int | None) -> "Part":
        """The renditions of those names, of the segments from `first` until `until`."""
        rungs = tuple(rung for rung in self.rungs if rung.name in names)
        audio = AUDIO in names and self.source.audio is not None
        return Part(self, rungs, audio, first, until, any(name.startswith(SUBTITLES) for name in names))


@dataclass(frozen=True)
class Part:
    """What one command makes. Its bounds count whole segments of the video."""

    recipe: Recipe
    rungs: tuple[Rung, ...]
    audio: bool
    """Only in a part of the whole length: sound is encoded in one piece."""
    first: int = 0
    until: int | None = None
    """None for whatever there is to the end."""
    subtitles: bool = False
    """Those that the file holds as text; in a part of the whole length only."""
    from_start: bool = False
    """Whether the source is read from its start though the part begins later."""

    @property
    def names(self) -> tuple[str, ...]:
        return (*(rung.name for rung in self.rungs), *((AUDIO,) if self.audio else ()))

    @property
    def is_whole(self) -> bool:
        return self.first == 0 and self.until is None

    @property
    def starts(self) -> Fraction:
        """Seconds of the video."""
        return self.first * self.recipe.segment

    @property
    def length(self) -> float:
        """Seconds, as far as they are known."""
        if self.until is not None:
            return float((self.until - self.first) * self.recipe.segment)
        source = self.recipe.source
        return max(1.0, (source.reaches or source.duration or 0.0) - float(self.starts))

    @property
    def sought(self) -> bool:
        """Whether the source is entered somewhere before the part, and not read from its start."""
        return self.first > 0 and not self.from_start

    @property
    def unheard(self) -> float:
        """Seconds of the source that may be decoded before anything comes out."""
        before = float(self.starts)
        return min(before, max(self.recipe.source.keyframe_gap, _UNSEEN)) if self.sought else before

    @property
    def slowest(self) -> int:
        """Frames of the top rung to one of the slowest of this part."""
        return max(rung.step for rung in self.rungs)

    def late(self, stream: Picture | Sound) -> float:
        """Seconds by which ffmpeg would show it early: where clocks may jump it starts to count with what it
        reads, and if sound is left out that is the picture, however late it comes."""
        source = self.recipe.source
        if not self.is_whole or source.container not in JUMPING or (self.rungs and self.audio):
            return 0.0
        return max(0.0, stream.begins)

    @property
    def lead_in(self) -> int:
        """Frames of the slowest rung that are encoded before the part, and thrown away."""
        return _SEEN if self.first else 0

    @property
    def lead_out(self) -> int:
        return 0 if self.until is None else _SEEN

    @property
    def clock(self) -> Clock:
        """Picture and sound end together, so a part at the end also makes what the picture lacks there."""
        top, ends = self.recipe.rungs[0], length(self.recipe.source, self.recipe.rungs)
        frames = SEGMENT_GROUPS * top.group
        until = self.until * frames if self.until is not None else ends.frames if ends else None
        return Clock(
            top.rate,
            first=self.first * frames,
            until=until,
            origin=self._origin,
            from_start=not self.sought,
            spare=ends.spare if ends and until and until > ends.frames - ends.spare else 0,
            before=self.lead_in * self.slowest,
            after=self.lead_out * self.slowest,
        )

    @property
    def _origin(self) -> float | None:
        """ffmpeg's own way with timestamps mends clocks that jump, and counts from wherever it enters."""
        if not self.is_whole:
            return self.recipe.source.starts
        picture = self.recipe.source.video
        return -self.late(picture) or None if picture else None


_RECIPE = TypeAdapter(Recipe)


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """As it goes with events; without the file's tags, which may be long and do not matter to an encode."""
    plain: dict[str, Any] = _RECIPE.dump_python(
        replace(recipe, source=replace(recipe.source, tags={})), mode="json"
    )
    return plain


def recipe_from(plain: dict[str, Any]) -> Recipe:
    """What `recipe_json` gave, all but the tags. Raises ValueError for anything else."""
    return _RECIPE.validate_python(plain)
