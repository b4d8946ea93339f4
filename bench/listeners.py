"""Many clients of /v1/changes in a thread of its own: those that read note when each event came, the others
stand still."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

Listen = Callable[[asyncio.StreamReader], Awaitable[None]]
_BUFFER = 4096
"""Bytes. What a client that stands still holds by itself is soon full."""


@dataclass
class Listeners:
    url: str
    reading: int
    still: int = 0
    opened: int = 0
    events: int = 0
    arrivals: dict[bytes, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When the streams got it, for each version of a video."""
    _ending: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Listeners":
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(30)

    def forget(self) -> None:
        self.events = 0
        self.arrivals.clear()

    def spread(self) -> float:
        """Seconds from the first to the last stream that got the same, at most, of what all of them got."""
        everywhere = [moments for moments in self.arrivals.values() if len(moments) == self.reading]
        return max((max(moments) - min(moments) for moments in everywhere), default=0.0)

    async def _listen(self) -> None:
        listening = [self._read] * self.reading + [self._stand_still] * self.still
        tasks = [asyncio.create_task(self._opened(listen)) for listen in listening]
        await asyncio.to_thread(self._ending.wait)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    async def _opened(self, listen: Listen) -> None:
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=_BUFFER)
        writer.write(f"GET /v1/changes HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        await reader.readline()
        self.opened += 1
        try:
            await listen(reader)
        finally:
            writer.close()

    async def _stand_still(self, _reader: asyncio.StreamReader) -> None:
        await asyncio.Event().wait()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        unread = b""
        while block := await reader.read(_BUFFER):
            *lines, unread = (unread + block).split(b"\n")
            for data in lines:
                if data.startswith(b'data: {"id"'):
                    self.events += 1
                    self.arrivals[data].append(time.monotonic())
