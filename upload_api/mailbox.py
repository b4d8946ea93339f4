"""What waits for one stream: of each video the latest only, and of so many videos at most."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from upload_api.frames import BEAT, RESET, batch

MOST = 1000
"""Videos. The frames are shared, and a client that is further behind reads anew what it shows."""
_BLOCK = 64 * 1024
"""Bytes sent at once, unless a single frame is larger: all that a client who stands still has of its own."""


class Mailbox:
    def __init__(
        self,
        only: Collection[str] = (),
        since: datetime | None = None,
        *,
        lost: bool = False,
        most: int = MOST,
    ) -> None:
        """`since` when what changed from there on is still to be put in; `lost` when that is not known."""
        self.since = since
        self.mark: datetime | None = None
        """Everything up to here is in it, or was."""
        self.closed = False
        self._only = frozenset(only)
        self._most = most
        self._lost = lost
        self._waiting: dict[str, bytes] = {}
        self._news = asyncio.Event()
        if lost:
            self._news.set()

    def put(self, video_id: str, frame: bytes) -> None:
        if self._only and video_id not in self._only:
            return
        if len(self._waiting) >= self._most and video_id not in self._waiting:
            self._waiting.clear()
            self._lost = True
        self._waiting[video_id] = frame
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def next(self, patience: float) -> bytes:
        """The next that is to be sent; a heartbeat when there is nothing for `patience` seconds; nothing once
        it is closed."""
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            return batch([BEAT], self.mark)
        return b"" if self.closed else self._drained()

    def _drained(self) -> bytes:
        frames = [RESET] if self._lost else []
        self._lost = False
        size = 0
        while self._waiting and size < _BLOCK:
            frames.append(self._waiting.pop(next(iter(self._waiting))))
            size += len(frames[-1])
        if self._waiting:
            return batch(frames, None)
        self._news.clear()
        return batch(frames, self.mark)
