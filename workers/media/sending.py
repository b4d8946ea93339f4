"""Sends segments to the store while the encoder still writes later ones, and remembers what was sent."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.failpoints import reach
from pipeline.job import Job
from workers.media.boxes import BrokenBoxes, NoFrame, fragments, timescale, without_user_data
from workers.media.errors import OutputIncomplete
from workers.media.hls import INIT
from workers.media.together import together

SEGMENT_TYPE = "video/mp4"
_AT_ONCE = 4
"""Requests in flight: hides the store's latency; more only queue for the same disk."""
_LOOK_AGAIN = 0.1
"""Seconds between looks for finished segments: somebody may wait for the first."""


@dataclass(frozen=True)
class Sent:
    size: int
    frames: int = 0
    """Counted in a media segment before it left; 0 for anything else."""
    start: int = 0
    """When a media segment's first frame is decoded, in ticks; `rate` of them are a second."""
    rate: int = 1
    last: int = 0
    """Ticks that its last frame lasts; 0 where it does not say."""


SentSegments = Mapping[str, Mapping[int, Sent]]
"""By rendition and the segment's number over the whole video."""


async def _nothing(_segments: SentSegments) -> None:
    pass


@dataclass
class Sending:
    """Everything below `folder` goes to the store under the same names below `prefix`."""

    job: Job
    folder: Path
    prefix: str = ""
    judge: Callable[[str, int, Sent], None] = lambda _name, _number, _segment: None
    """Raises for a segment that must not be sent."""
    after: Callable[[SentSegments], Awaitable[None]] = _nothing
    """Called whenever more segments are in the store."""
    sent: dict[str, Sent] = field(default_factory=dict)
    """By name relative to the folder."""
    inits: dict[str, bytes] = field(default_factory=dict)
    """The init segment of each rendition, as it was sent."""

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._finished = asyncio.Event()

    def finish(self) -> None:
        """No more segments will come."""
        self._finished.set()

    @property
    def segments(self) -> dict[str, dict[int, Sent]]:
        """What is whole and in the store, in order."""
        found: dict[str, dict[int, Sent]] = {}
        for path, sent in sorted(self.sent.items()):
            name, _, file = path.rpartition("/")
            if sent.frames:
                found.setdefault(name, {})[int(file.partition(".")[0])] = sent
        return found

    async def follow(self) -> None:
        """Sends each segment soon after it is whole; returns when all are sent and `finish` was called."""
        finished = False
        while not finished:
            finished = self._finished.is_set()  # before the look, so that the last look sees everything
            new = self._new_segments()
            await together(self._send_init(folder) for folder in {path.parent for path in new})
            await together(self._send_segment(path) for path in new)
            if new:
                await self.after(self.segments)
            if not finished:
                await self._pause()

    async def send(self, name: str, content_type: str) -> None:
        await self._put(name, content_type, Sent(_size(self.folder / name)))

    async def _send_init(self, folder: Path) -> None:
        """Whole by the time that a segment is; before any, so that what is told of can be played."""
        if folder.name not in self.inits:
            init = self.inits[folder.name] = without_user_data((folder / INIT).read_bytes())
            await self._put(f"{folder.name}/{INIT}", SEGMENT_TYPE, Sent(len(init)), init)

    async def _send_segment(self, path: Path) -> None:
        try:
            found, rate = fragments(path), timescale(self.inits[path.parent.name])
        except NoFrame:
            _forget(path)  # what that means is to be said once ffmpeg has ended, and told why
            return
        except BrokenBoxes as problem:
            raise OutputIncomplete(str(problem)) from problem
        segment = Sent(_size(path), found.frames, found.start, rate, found.last)
        self.judge(path.parent.name, int(path.stem), segment)
        await self._put(str(path.relative_to(self.folder)), SEGMENT_TYPE, segment)
        reach("segment.after")
        _forget(path)

    async def _put(self, name: str, content_type: str, sent: Sent, data: bytes | None = None) -> None:
        key = self.job.key(f"{self.prefix}/{name}" if self.prefix else name)
        async with self._slots:
            await self.job.store.put(key, self.folder / name if data is None else data, content_type)
        self.sent[name] = sent

    def _new_segments(self) -> list[Path]:
        return sorted(self.folder.glob("*/*.m4s"))

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN):
                await self._finished.wait()


def _size(path: Path) -> int:
    return path.stat().st_size


def _forget(path: Path) -> None:
    """So that the scratch disk holds seconds of a film, not all of it."""
    path.unlink()
