"""How the ledger is asked what changed: by its own clock, for ids, and for all rows of those at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.video import Step, Video


@dataclass(frozen=True)
class Changed:
    ids: frozenset[str]
    """Videos of which a status may show something else now: never too few, often some too many."""
    mark: datetime
    """Where to go on from the next time."""


class Changes(Protocol):
    async def changed(self, since: datetime | None) -> Changed:
        """All that changed since that mark, what was committed late included; without one, of the last
        seconds. Raises DatabaseAway."""

    async def videos(self, ids: Collection[str]) -> Sequence[tuple[Video, Sequence[Step]]]:
        """Those that there are, each with the steps of its current run, in order. Raises DatabaseAway."""
