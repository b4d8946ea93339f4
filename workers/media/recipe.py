"""What is to be made of a source, decided once and sent with every chunk of the work."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from workers.media.allowed import MAX_DURATION
from workers.media.ladder import Rung
from workers.media.source import Source

AUDIO = "audio"
_SLACK = 5.0
"""Seconds that may come out beyond what the source holds, and 2 %: more than any two clocks differ, so that
what was cut off there is seen to be too long."""


@dataclass(frozen=True)
class Recipe:
    """What is to be made of a source."""

    source: Source
    rungs: tuple[Rung, ...]
    """Empty for a source without a picture."""

    @property
    def names(self) -> tuple[str, ...]:
        """The folders that come out, each with a playlist, an init segment and segments."""
        return (*(rung.name for rung in self.rungs), *((AUDIO,) if self.source.audio else ()))

    @property
    def limit(self) -> float:
        """Seconds after which every rendition ends, whatever a broken clock makes ffmpeg fill in."""
        known = max(self.source.duration or 0.0, self.source.reaches or 0.0)
        return (known or MAX_DURATION.total_seconds()) * 1.02 + _SLACK


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
