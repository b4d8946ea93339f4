"""A job as the database gives it to a worker, and what can become of it: values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from pipeline.events import Envelope
from pipeline.job import VideoSnapshot


@dataclass(frozen=True)
class Claim:
    stage: str
    envelope: Envelope
    fence: int
    failures: int
    """Attempts that ended in a transient error before this one."""
    crashes: int
    """How often a worker died holding this job."""
    video: VideoSnapshot
    step: str
    completes: bool
    """Whether the step is done with this job."""
    shares_step: bool

    @property
    def prefix(self) -> str:
        return f"{self.video.id}/{self.video.run}/{self.step}/{self.fence}/"


@dataclass(frozen=True)
class Busy:
    """Somebody holds the job, or its next attempt is still to come."""

    wait: timedelta
    token: str
    """Names what is waited for: this lease, or this next attempt."""


@dataclass(frozen=True)
class Absorbed:
    """Nothing to do: done before, of an older run, or of a video that is cancelled, deleted or missing."""

    reason: str


class Pulse(Enum):
    ALIVE = "alive"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True)
class Failure:
    """An error as rows, events and dead letters tell it."""

    code: str
    message: str
    hint: str
    type: str
    """The exception's class."""
    stack: str


@dataclass(frozen=True)
class Done:
    envelopes: Sequence[Envelope]
    windows: Mapping[str, int] = field(default_factory=dict)
    """How many of the video's chunks each queue may hold and work on now."""


@dataclass(frozen=True)
class Retrying:
    failure: Failure
    after: timedelta
    counts: bool


@dataclass(frozen=True)
class Died:
    failure: Failure
    reason: str
    stage_failed: Envelope


Outcome = Done | Retrying | Died
