"""Takes a file in, in the order that leaves nothing behind wherever it stops: row, parts, object, event.

Whatever is cleared away here could also be left to the sweep: the row names the upload until it is accepted.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from pipeline.errors import ObjectMissing, ReelmillError, VideoMissing
from pipeline.failpoints import reach
from pipeline.ports import Message
from pipeline.services import Services
from pipeline.tracing import current_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Video
from upload_api.bodies import Body, too_large
from upload_api.errors import UploadDamaged, UploadEmpty, UploadGivenUp
from upload_api.fields import new_upload
from upload_api.memory import Memory
from upload_api.parts import PartWriter, Pulse, part_size
from upload_api.store_watch import StoreWatch

log = structlog.get_logger()

_CLEARING = 10.0
"""Seconds that clearing away may take before it is left to the sweep."""
_TENDING = 1.0
"""Seconds between looks at whether others wait for the memory."""
_BEATS = 6
"""How often an upload is marked alive within the silence after which it is given up."""


class Intake:
    """One upload, from its row to its first event."""

    def __init__(
        self, services: Services, video: Video, body: Body, memory: Memory, store_watch: StoreWatch
    ) -> None:
        self._services = services
        self._video = video
        self._body = body
        self._store_watch = store_watch
        self._limits = services.settings.upload
        every = min(5.0, self._limits.abandoned_after.total_seconds() / _BEATS)
        self._pulse = Pulse(services.ledger, video.id, every)
        size = part_size(self._limits, body.declared_length)
        self._parts = PartWriter(services.store, services.ledger, video, self._pulse, size, memory)

    async def take(self, described: NewUpload) -> Sequence[Message]:
        """Returns what is to be published. Raises what the client is to be told."""
        tending = asyncio.create_task(self._tend())
        try:
            return await self._taken(described)
        finally:
            tending.cancel()
            await self._parts.close()

    async def _tend(self) -> None:
        """Beside the body: a client that stands still makes way, too."""
        while True:
            await asyncio.sleep(_TENDING)
            with suppress(ReelmillError):  # then it keeps what it has
                await self._parts.tend()

    async def _taken(self, described: NewUpload) -> Sequence[Message]:
        try:
            await self._store_watch.require()
            size = await self._stream()
            await self._parts.finish()
            await self._look(size)
            await self._describe(described)
        except VideoMissing as error:
            await self._clear_away()
            raise UploadGivenUp from error
        except BaseException:  # a cancelled request, too, leaves nothing behind
            await self._clear_away()
            raise
        return await self._accept(size)

    async def _stream(self) -> int:
        size = 0
        async for block in self._body.file():
            size += len(block)
            if size > self._limits.max_bytes:
                raise too_large(self._limits.max_bytes)
            await self._parts.add(block)
            await self._pulse.beat()
        if size == 0:
            raise UploadEmpty
        return size

    async def _look(self, size: int) -> None:
        """A store may answer 200 to an upload that it then does not have."""
        try:
            stored = await self._services.store.stat(self._video.source)
        except ObjectMissing as error:
            raise UploadDamaged("It is not there.") from error
        if stored.size != size:
            raise UploadDamaged(f"It holds {stored.size} of {size} bytes.")

    async def _describe(self, before: NewUpload) -> None:
        """A form may name title and notify_url after its file."""
        now = new_upload(self._body.fields, content_type=None, declared_length=None, idempotency_key=None)
        if (now.title, now.notify_url) == (before.title, before.notify_url):
            return
        await self._services.ledger.describe(self._video.id, title=now.title, notify_url=now.notify_url)

    async def _accept(self, size: int) -> Sequence[Message]:
        """Any other error may come after the commit: the object then stays until the sweep knows more."""
        reach("accept.before")
        try:
            accepted = await self._services.ledger.accept(self._video.id, size, current_traceparent())
        except VideoMissing as error:
            await self._clear_away()
            raise UploadGivenUp from error
        reach("accept.after")
        return accepted

    async def _clear_away(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLEARING):
                await self._undo()

    async def _undo(self) -> None:
        try:
            await self._parts.undo()
            await self._services.ledger.discard(self._video.id)
        except ReelmillError as error:
            log.warning("upload_left_to_the_sweep", video_id=self._video.id, code=error.code)
