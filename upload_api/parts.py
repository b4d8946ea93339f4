"""Sends a file to the store in parts as it comes in: one part is on its way while the next is collected."""

import asyncio
from collections.abc import Awaitable, Coroutine
from math import ceil
from time import monotonic
from typing import Any, TypeVar

import structlog

from pipeline.errors import DatabaseAway
from pipeline.ports import MultipartUpload, Store
from pipeline.settings import UploadSettings
from pipeline.uploading import Uploads
from pipeline.video import Video
from upload_api.memory import LONG_ENOUGH, Memory, Room
from upload_api.part import Part

log = structlog.get_logger()
T = TypeVar("T")

_MOST_PARTS = 10_000
"""S3's limit for one upload."""


def part_size(limits: UploadSettings, declared_length: int | None) -> int:
    """What is set, or more where the file would not fit into as many parts as S3 takes."""
    return max(limits.part_bytes, ceil((declared_length or limits.max_bytes) / _MOST_PARTS))


class Pulse:
    """Tells the ledger that an upload is alive, so that the sweep leaves it alone."""

    def __init__(self, uploads: Uploads, video_id: str, every: float) -> None:
        self._uploads = uploads
        self._video_id = video_id
        self._every = every
        self._last = monotonic()

    async def beat(self) -> None:
        """At most as often as it must. Raises VideoMissing when the upload was given up."""
        if monotonic() - self._last < self._every:
            return
        self._last = monotonic()
        try:
            await self._uploads.seen(self._video_id)
        except DatabaseAway as error:  # the sweep has no database either: the upload may go on
            log.warning("upload_not_marked_alive", code=error.code)

    async def during(self, work: Awaitable[T]) -> T:
        """Waits for `work`, which goes on when this is cancelled."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait({task}, timeout=self._every)
            await self.beat()
        return task.result()


class PartWriter:
    def __init__(
        self, store: Store, uploads: Uploads, video: Video, pulse: Pulse, size: int, memory: Memory
    ) -> None:
        self._store = store
        self._uploads = uploads
        self._video = video
        self._content_type = video.content_type or "application/octet-stream"
        self._pulse = pulse
        self._size = size
        self._room = Room(memory, size)
        self._since = monotonic()
        self._aside: str | None = None
        """Key of what was held, when another upload needed the memory."""
        self._turn = asyncio.Lock()
        self._held: Part | None = None
        self._upload: MultipartUpload | None = None
        self._sending: asyncio.Task[None] | None = None

    async def add(self, block: bytes) -> None:
        async with self._turn:
            await self._add(block)

    async def tend(self) -> None:
        """Makes way for other uploads that wait for memory, once this one has held some for long enough."""
        async with self._turn:
            if self._room.wanted and monotonic() - self._since > LONG_ENOUGH:
                await self._put_aside()

    async def _add(self, block: bytes) -> None:
        await self._come_in()
        rest = memoryview(block)
        while rest:
            rest = self._collected().put(rest)
            if self._collected().full:
                await self._send(self._take())

    async def finish(self) -> None:
        """What was held back, then the end; a file smaller than a part is simply put."""
        async with self._turn:
            await self._finish()

    async def undo(self) -> None:
        """Leaves nothing in the store. Raises StoreAway; the sweep then does it."""
        async with self._turn:
            if not self._is_begun:
                return
            if self._sending is not None:
                await asyncio.wait({self._sending})  # a part that lands after the abort would stay
            if self._upload is not None:
                await self._upload.abort()
            aside = [self._aside] if self._aside else []
            await self._store.delete([self._video.source, *aside])

    @property
    def _is_begun(self) -> bool:
        """Whether the store may hold anything of it."""
        return any(part is not None for part in (self._sending, self._upload, self._aside))

    async def close(self) -> None:
        """Leaves no memory taken."""
        if self._sending is not None:
            await asyncio.wait({self._sending})
        self._held = None
        self._room.leave()

    async def _finish(self) -> None:
        await self._come_in()
        if self._upload is None:
            whole = self._take().data
            return await self._start(self._store.put(self._video.source, whole, self._content_type))
        if self._held:
            await self._send(self._take())
        await self._landed()
        return await self._start(self._upload.complete())

    async def _come_in(self) -> None:
        """Waits for its turn, alive meanwhile."""
        if self._room.held:
            return
        turn = asyncio.ensure_future(self._room.one())
        try:
            await self._pulse.during(turn)
        finally:
            turn.cancel()
        self._since = monotonic()
        if self._aside is not None:
            await self._fetch(self._aside)

    async def _put_aside(self) -> None:
        await self._landed()
        if self._held:
            self._aside = f"{self._video.id}/.upload/held"
            await self._store.put(self._aside, self._held.data, "application/octet-stream")
            self._held = None
        self._room.leave()

    async def _fetch(self, key: str) -> None:
        async for block in self._store.read(key):
            self._collected().put(block)
        self._aside = None
        await self._store.delete([key])

    def _collected(self) -> Part:
        if self._held is None:
            self._held = self._room.part()
        return self._held

    def _take(self) -> Part:
        part, self._held = self._collected(), None
        return part

    async def _send(self, part: Part) -> None:
        if self._upload is None:
            self._upload = await self._store.start_upload(self._video.source, self._content_type)
            await self._uploads.started(self._video.id, self._upload.upload_id)
        await self._landed()
        self._sending, self._since = asyncio.create_task(self._add_part(self._upload, part)), monotonic()
        if not self._room.two():
            await self._landed()

    async def _add_part(self, upload: MultipartUpload, part: Part) -> None:
        await upload.add(part.data)
        self._room.reuse(part)

    async def _landed(self) -> None:
        if self._sending is not None:
            await self._pulse.during(self._sending)
            self._room.keep_one()

    async def _start(self, last: Coroutine[Any, Any, None]) -> None:
        self._sending = asyncio.create_task(last)
        await self._landed()
