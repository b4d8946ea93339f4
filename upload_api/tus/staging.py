"""Keeps the bytes of one request apart until their checksum is known: not every store takes other bytes for a
part that it has."""

from collections.abc import AsyncIterator
from time import monotonic

from pipeline.ports import Store
from pipeline.uploading import Resumable
from upload_api.memory import LONG_ENOUGH, Room
from upload_api.part import Part
from upload_api.tus.headers import Checksum
from upload_api.tus.incoming import Stop

_LITTLE = 256 * 1024
"""Bytes that may be in memory twice."""


class Staging:
    def __init__(self, store: Store, upload: Resumable, room: Room, checksum: Checksum, stop: Stop) -> None:
        self._store = store
        self._prefix = f"{upload.video_id}/.upload/{upload.fence}-staged"
        self._room = room
        self._checksum = checksum
        self._stop = stop
        self._since = monotonic()
        self._keys: list[str] = []
        self._held: Part | None = None
        self.size = 0

    async def add(self, block: bytes) -> None:
        if not self._room.held:
            await self._stop.unless_said(self._room.one())
            self._since = monotonic()
        self._checksum.hash.update(memoryview(block))
        self.size += len(block)
        rest = memoryview(block)
        while rest:
            rest = self._collected().put(rest)
            if self._collected().full:
                await self._put_aside()

    async def tend(self) -> None:
        """Makes way for other uploads that wait for memory, once this one has held some for long enough."""
        if self._room.wanted and monotonic() - self._since > LONG_ENOUGH:
            await self._put_aside()
            self._room.leave()

    async def verified(self) -> AsyncIterator[bytes]:
        """All of it again. Raises ChecksumMismatch before the first block."""
        self._checksum.verify()
        if self.size > _LITTLE:  # whoever takes the bytes needs the room
            await self._put_aside()
        held, self._held = bytes(self._held.data) if self._held else b"", None
        for key in self._keys:
            async for block in self._store.read(key):
                yield block
        if held:
            yield held

    async def clear(self) -> None:
        self._held = None
        if self._keys:
            await self._store.delete(self._keys)

    def _collected(self) -> Part:
        if self._held is None:
            self._held = self._room.part()
        return self._held

    async def _put_aside(self) -> None:
        if self._held is None:
            return
        key = f"{self._prefix}-{len(self._keys)}"
        part, self._held = self._held, None
        await self._store.put(key, part.data, "application/octet-stream")
        self._keys.append(key)
        self._room.reuse(part)
