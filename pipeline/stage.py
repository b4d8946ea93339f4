"""A stage as a value, and the one pure function that decides what a failure means."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pipeline.errors import Outage, Permanent, WorkerCrashed
from pipeline.events import Envelope, Event
from pipeline.job import Job

Handler = Callable[[Any, Job], Awaitable[Sequence[Event]]]
"""Takes the typed event and its job, returns the events that follow. Raises Permanent or Transient."""


@dataclass(frozen=True)
class Stage:
    name: str
    consumes: tuple[type[Event], ...]
    publishes: tuple[type[Event], ...]
    handler: Handler
    wants: Callable[[Any], bool] = lambda _event: True
    """Passes over events of a consumed type that are none of its business; its step then stays as it is."""
    required: bool = True
    """Whether the video fails with this stage; a side branch marks its own step only."""
    attempts: int = 5
    weight: float = 1.0
    """Share of the video's progress, relative to the other stages'."""
    slots: int = 1
    """Jobs at a time in one process."""
    step: str = ""
    """The step of a video's way that it is part of, as the status shows it; its own name unless told."""
    completes: bool = True
    """Whether the step is done with its job; of the stages of one step the last completes it."""
    releases: tuple[str, ...] = ()
    """Stages whose queues take the chunks that may begin when a job of this one ends."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", self.step or self.name)

    @property
    def shares_step(self) -> bool:
        """Whether its job is one of several that a step takes."""
        return not self.completes or self.step != self.name

    def passes_over(self, envelope: Envelope) -> bool:
        try:
            return not self.wants(envelope.event())
        except Exception:  # whatever is wrong with its data: the attempt says so, and dead-letters it
            return False


@dataclass(frozen=True)
class Retry:
    after: timedelta
    counts: bool = True
    """Whether the attempt is spent; waiting for a part that is away is not the video's fault."""


@dataclass(frozen=True)
class Dead:
    reason: str


def decide(error: BaseException, *, failures: int, attempts: int, rungs: Sequence[timedelta]) -> Retry | Dead:
    """What follows from `error`, after `failures` earlier failures out of `attempts` allowed.

    An error that is not ours is taken as transient: better tried in vain than given up wrongly.
    """
    if isinstance(error, WorkerCrashed):
        return Dead("worker crashed")
    if isinstance(error, Permanent):
        return Dead("permanent")
    if isinstance(error, Outage):
        return Retry(rungs[0], counts=False)
    if failures + 1 >= attempts:
        return Dead("out of attempts")
    return Retry(rungs[min(failures, len(rungs) - 1)])


def steps(stages: Iterable[Stage]) -> dict[str, list[Stage]]:
    """The stages of each step, by the step's name, both in order."""
    grouped: dict[str, list[Stage]] = {}
    for stage in stages:
        grouped.setdefault(stage.step, []).append(stage)
    return grouped


def step_of(stages: Iterable[Stage], name: str) -> str:
    """The step that the stage called `name` is part of."""
    return next((stage.step for stage in stages if stage.name == name), name)


def rung_for(wait: timedelta, rungs: Sequence[timedelta]) -> timedelta:
    """The shortest rung that covers `wait`, or the longest there is."""
    return next((rung for rung in rungs if rung >= wait), rungs[-1])
