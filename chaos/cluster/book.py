"""What was confirmed, delivered and finished, and when; and how long nothing was."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LONGEST_GAP_SECONDS = 30


@dataclass(frozen=True)
class Phase:
    name: str
    began: float
    ended: float


@dataclass
class Book:
    confirms: list[tuple[float, str]] = field(default_factory=list)
    """When, and whose."""
    confirmed: set[str] = field(default_factory=set)
    """Ids of events that some queue must have taken."""
    delivered: Counter[str] = field(default_factory=Counter)
    uploaded: list[str] = field(default_factory=list)
    finished: list[tuple[float, str]] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)

    def confirm(self, who: str, message_id: str, *, expected: bool) -> None:
        self.confirms.append((time.monotonic(), who))
        if expected:
            self.confirmed.add(message_id)

    def finish(self, video_id: str) -> None:
        self.finished.append((time.monotonic(), video_id))

    @property
    def lost(self) -> set[str]:
        return self.confirmed - set(self.delivered)

    @property
    def unfinished(self) -> set[str]:
        return set(self.uploaded) - {video_id for _, video_id in self.finished}

    @property
    def finished_twice(self) -> int:
        return len(self.finished) - len({video_id for _, video_id in self.finished})

    def gaps(self, phase: Phase) -> tuple[float, float, float]:
        """Seconds without a confirm, without one for the API, without a finished video."""
        anybodys = [moment for moment, _ in self.confirms]
        apis = [moment for moment, who in self.confirms if who == "api"]
        return (
            _gap(anybodys, phase),
            _gap(apis, phase),
            _gap([moment for moment, _ in self.finished], phase),
        )

    def complaints(self) -> Sequence[str]:
        said = []
        if self.lost:
            said.append(f"{len(self.lost)} confirmed events were never delivered")
        if self.unfinished:
            said.append(f"{len(self.unfinished)} videos did not end")
        if self.finished_twice:
            said.append(f"{self.finished_twice} videos ended twice")
        gaps = {phase.name: max(self.gaps(phase)) for phase in self.phases}
        return said + [
            f"{name}: {gap:.1f} s without a sign of life"
            for name, gap in gaps.items()
            if gap >= LONGEST_GAP_SECONDS
        ]


def _gap(moments: Iterable[float], phase: Phase) -> float:
    inside = [moment for moment in moments if phase.began <= moment <= phase.ended]
    return max(after - before for before, after in pairwise([phase.began, *inside, phase.ended]))
