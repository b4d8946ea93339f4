"""Leaves a stage's handler so much room on a disk and no more, for an attempt, and notes what came of it."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from chaos.small_disk import SmallDisk
from pipeline.events import Event
from pipeline.job import Job
from pipeline.stage import Stage

_LOOK_SECONDS = 0.005
_AFTERWARDS = 0.5
"""Seconds that the disk stays full after the handler: the runner looks at it."""


@dataclass(frozen=True)
class Point:
    stage: str
    room: int
    """Bytes that were left."""
    said: str = ""
    """By the handler, if it failed: what that means is for the runner to say."""


@dataclass
class Gate:
    disk: SmallDisk
    peaks: dict[str, int] = field(default_factory=dict)
    """Bytes that each stage's handler wrote at most, of those that wrote any."""
    points: dict[str, list[int]] = field(default_factory=dict)
    """Still to come."""
    met: list[Point] = field(default_factory=list)
    _attempt: int = 0

    def narrowed(self, stage: Stage) -> Stage:
        """One at a time in it."""

        async def handler(event: Event, job: Job) -> Sequence[Event]:
            self._attempt += 1
            self.disk.relieve()
            points = self.points.get(stage.name)
            if not points:
                with self._measured(stage.name):
                    return await stage.handler(event, job)
            room = points.pop()
            self.disk.leave(room)
            try:
                events = await stage.handler(event, job)
            except Exception as error:
                self.met.append(Point(stage.name, room, f"{type(error).__name__}: {error}"))
                raise
            finally:
                asyncio.get_running_loop().call_later(_AFTERWARDS, self._relieve, self._attempt)
            self.met.append(Point(stage.name, room))
            return events

        return replace(stage, handler=handler, slots=1)

    def _relieve(self, attempt: int) -> None:
        if attempt == self._attempt:
            self.disk.relieve()

    @contextmanager
    def _measured(self, name: str) -> Iterator[None]:
        before, over = self.disk.used, threading.Event()

        def look() -> None:
            while not over.wait(_LOOK_SECONDS):
                if (written := self.disk.used - before) > self.peaks.get(name, 0):
                    self.peaks[name] = written

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()
