"""Appends bytes to an upload in the store: whole parts as they fill up, what is left as a tail. The offset in
the database moves once they are there; where a part begins and ends never depends on who sends it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

import structlog

from pipeline.errors import FenceLost, ObjectMissing, ReelmillError, UploadForgotten, UploadOver, VideoMissing
from pipeline.failpoints import reach
from pipeline.ports import Message
from pipeline.services import Services
from pipeline.tracing import current_traceparent
from pipeline.uploading import Advance, Resumable, Tail
from upload_api.errors import UploadDamaged
from upload_api.memory import LONG_ENOUGH, Room
from upload_api.part import Part
from upload_api.tus.errors import UploadSetBack
from upload_api.tus.incoming import Stop

log = structlog.get_logger()


class Writer:
    """For one request, that holds the upload."""

    def __init__(self, services: Services, upload: Resumable, room: Room, stop: Stop) -> None:
        self.upload = upload
        """As the database has it."""
        self._store = services.store
        self._ledger = services.ledger
        self._lifetime = services.settings.upload.resumable_for
        self._room = room
        self._stop = stop
        self._begun = upload.parts * upload.part_bytes
        """Offset at which the part begins that is collected."""
        self._part: Part | None = None
        self._since = monotonic()
        self._sending: asyncio.Task[str] | None = None

    @property
    def end(self) -> int:
        """Offset after the last byte that came."""
        return self.upload.offset if self._part is None else self._begun + len(self._part)

    @property
    def _number(self) -> int:
        """Of the part that is collected; the first is 1."""
        return self._begun // self.upload.part_bytes + 1

    @property
    def missing(self) -> int | None:
        """Bytes still to come; None while the length is not known."""
        return None if self.upload.length is None else self.upload.length - self.end

    async def add(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            part = await self._collected()
            rest = part.put(rest)
            if part.full and self.missing != 0:
                await self._send(part)

    async def tend(self) -> None:
        """Notes a part that has arrived. Makes way for other uploads that wait for memory, once this one has
        held some for long enough."""
        if self._sending is not None and self._sending.done():
            await self._landed()
        if self._room.wanted and monotonic() - self._since > LONG_ENOUGH:
            await self.keep()

    async def keep(self) -> None:
        """Makes safe what has come, and gives the memory back."""
        await self._landed()
        if self._part is not None and self.end > self.upload.offset:
            await self._put_tail(self._part)
        self._rest()

    async def finish(self) -> Sequence[Message]:
        """Once nothing is missing. Returns what is to be published, or raises UploadDamaged,
        UploadSetBack."""
        last = await self._collected()
        await self._landed()
        try:
            await self._assemble(last)
        except UploadForgotten:
            if not await self._is_whole():  # else it was made of these very parts, and nobody heard
                await self.start_over()
        if not await self._is_whole():
            raise UploadDamaged
        return await self._accept()

    async def start_over(self) -> None:
        """Raises UploadSetBack: the store cannot go on with what it had. Only who holds the upload may say
        so."""
        forgotten = self.upload.multipart
        self.upload = await self._ledger.start_over(self.upload.id, self.upload.fence)
        if forgotten is not None:
            await self._abort(forgotten)
        raise UploadSetBack

    async def close(self) -> None:
        """Leaves nothing running and no memory taken."""
        if self._sending is not None:
            await asyncio.wait({self._sending})
        self._rest()

    async def _collected(self) -> Part:
        """The part that bytes are added to, with the tail that is in the store."""
        if self._part is None:
            await self._stop.unless_said(self._room.one())
            self._since = monotonic()
            self._part = await self._tail()
        return self._part

    async def _tail(self) -> Part:
        tail, found = self.upload.tail, self._room.part()
        if tail is None:
            return found
        with suppress(ObjectMissing):
            async for block in self._store.read(tail.key, 0, tail.size):
                found.put(block)
        if len(found) != tail.size:  # what came after it would be in the wrong place
            await self._advance(Advance(offset=self._begun))
            raise UploadSetBack
        return found

    async def _send(self, part: Part) -> None:
        await self._landed()
        if self.upload.multipart is None:
            await self._start_parts()
        self._sending = asyncio.create_task(self._put_part(self._number, part))
        self._begun += self.upload.part_bytes
        self._part = None
        if self._room.two():
            self._part, self._since = self._room.part(), monotonic()
        else:
            await self._landed()
            self._since = monotonic()
            if self._room.wanted:
                self._rest()

    async def _start_parts(self) -> None:
        begun = await self._store.start_upload(self.upload.source, self.upload.content_type)
        try:
            self.upload = await self._ledger.start_parts(self.upload.id, self.upload.fence, begun.upload_id)
        except ReelmillError:  # nobody else knows of it
            await self._abort(begun.upload_id)
            raise

    async def _abort(self, multipart: str) -> None:
        with suppress(ReelmillError):
            await self._store.abort_upload(self.upload.source, multipart)

    async def _put_part(self, number: int, part: Part) -> str:
        etag = await self._store.put_part(self.upload.source, self.upload.multipart or "", number, part.data)
        self._room.reuse(part)
        return etag

    async def _landed(self) -> None:
        if self._sending is None:
            return
        sending, self._sending = self._sending, None
        etag = await sending
        reach("part.after")
        self._room.keep_one()
        await self._advance(Advance(offset=self._begun, parts=[etag]))

    async def _put_tail(self, part: Part) -> None:
        # No name is used twice: one who was overtaken cannot write over what counts.
        key = f"{self.upload.video_id}/.upload/{self.upload.fence}-{self.end}"
        await self._store.put(key, part.data, "application/octet-stream")
        reach("tail.after")
        try:
            await self._advance(Advance(offset=self.end, tail=Tail(key, len(part))))
        except (FenceLost, UploadOver):  # the sweep may have been here already
            await self._drop(key)
            raise

    async def _advance(self, to: Advance) -> None:
        tail = self.upload.tail
        self.upload = await self._ledger.advance(self.upload.id, self.upload.fence, to, self._lifetime)
        reach("advance.after")
        if tail is not None:
            await self._drop(tail.key)

    async def _drop(self, key: str) -> None:
        with suppress(ReelmillError):  # it goes with the video's other leavings
            await self._store.delete([key])

    async def _assemble(self, last: Part) -> None:
        upload = self.upload
        if upload.multipart is None:
            return await self._store.put(upload.source, last.data, upload.content_type)
        etags = [*await self._ledger.parts(upload.id)]
        if last:
            etags.append(await self._put_part(self._number, last))
        return await self._store.complete_upload(upload.source, upload.multipart, etags)

    async def _is_whole(self) -> bool:
        with suppress(ObjectMissing):
            return (await self._store.stat(self.upload.source)).size == self.upload.length
        return False

    async def _accept(self) -> Sequence[Message]:
        reach("accept.before")
        upload, size = self.upload, self.upload.length or 0
        try:
            accepted = await self._ledger.accept(upload.video_id, size, current_traceparent())
        except VideoMissing:
            if not (await self._ledger.resumable(upload.id))[0].accepted:
                raise
            accepted = ()  # by one who had the same bytes
        reach("accept.after")
        if upload.tail is not None:
            await self._drop(upload.tail.key)
        return accepted

    def _rest(self) -> None:
        self._part = None
        self._room.leave()
