"""Sends segments to the store while the encoder still writes later ones, and remembers what was sent."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.job import Job
from workers.media.boxes import BrokenBoxes, frames
from workers.media.errors import OutputIncomplete
from workers.media.together import together

SEGMENT_TYPE = "video/mp4"
_AT_ONCE = 4
"""Requests in flight: hides the store's latency; more only queue for the same disk."""
_LOOK_AGAIN = 0.25
"""Seconds between looks for finished segments."""


@dataclass(frozen=True)
class Sent:
    size: int
    frames: int = 0
    """Counted in a media segment before it left; 0 for anything else."""


@dataclass
class Sending:
    """Everything below `folder` goes to the store under the same names below `prefix`."""

    job: Job
    folder: Path
    prefix: str
    sent: dict[str, Sent] = field(default_factory=dict)
    """By name relative to the folder."""

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._finished = asyncio.Event()

    def finish(self) -> None:
        """No more segments will come."""
        self._finished.set()

    async def follow(self) -> None:
        """Sends each segment soon after it is whole; returns when all are sent and `finish` was called."""
        finished = False
        while not finished:
            finished = self._finished.is_set()  # before the look, so that the last look sees everything
            await together(self._send_segment(path) for path in self._new_segments())
            if not finished:
                await self._pause()

    async def send(self, name: str, content_type: str) -> None:
        path = self.folder / name
        async with self._slots:
            await self.job.store.put(self.job.key(f"{self.prefix}/{name}"), path, content_type)
        self.sent[name] = Sent(_size(path))

    async def _send_segment(self, path: Path) -> None:
        name = str(path.relative_to(self.folder))
        try:
            count = frames(path)
        except BrokenBoxes as problem:
            raise OutputIncomplete(str(problem)) from problem
        await self.send(name, SEGMENT_TYPE)
        self.sent[name] = Sent(_size(path), count)
        _forget(path)

    def _new_segments(self) -> Iterable[Path]:
        return sorted(self.folder.glob("*/*.m4s"))

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._finished.wait(), _LOOK_AGAIN)
        except TimeoutError:
            return


def _size(path: Path) -> int:
    return path.stat().st_size


def _forget(path: Path) -> None:
    """So that the scratch disk holds seconds of a film, not all of it."""
    path.unlink()
