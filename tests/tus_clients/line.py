"""A line that breaks: a proxy in front of several servers in turn, that cuts uploads after so many bytes,
each time in another way, and keeps count of what was sent twice."""

import asyncio
import random
import re
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

_BLOCK = 64 * 1024
_PATCH = re.compile(rb"PATCH \S+ HTTP/1.1\r\n(?:.+\r\n)*?upload-offset: *(\d+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: close by a reset."""


@dataclass
class Counts:
    cuts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("reset", "drop", "stall"), 0))
    again: list[int] = field(default_factory=list)
    """Bytes that each PATCH sent a second time."""
    servers: dict[int, int] = field(default_factory=dict)
    """Connections, by the server's port."""


class BadLine:
    """Listens on loopback while it is entered."""

    def __init__(self, ports: Sequence[int], cuts: int, size: int, seed: int) -> None:
        self.counts = Counts()
        self._ports = ports
        self._chance = random.Random(seed)
        self._left = cuts
        self._mean = 0.8 * size / (cuts + 1)  # so that all of them come before the file is through
        self._until_cut = self._next_cut()
        self._highest = 0
        self._connections = 0
        self._stalled: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self.port = 0

    def __enter__(self) -> "BadLine":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))

    def _next_cut(self) -> float:
        return self._mean * self._chance.uniform(0.5, 1.5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._ports[self._connections % len(self._ports)]
        self._connections += 1
        self.counts.servers[port] = self.counts.servers.get(port, 0) + 1
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(_copy(up_reader, writer))
        with suppress(ConnectionError):
            await self._forward(reader, up_writer, writer)
        with suppress(asyncio.CancelledError):  # the line is taken down, and this is all that there is to end
            if up_writer not in self._stalled:
                await _finish(back, up_writer)

    async def _forward(
        self, reader: asyncio.StreamReader, up: asyncio.StreamWriter, down: asyncio.StreamWriter
    ) -> None:
        held, offset, body = b"", 0, 0
        while block := await reader.read(_BLOCK):
            held += block
            while held:
                if body == 0:
                    head, _, rest = held.partition(b"\r\n\r\n")
                    if head == held:
                        break
                    offset, body = self._begun(head)
                    up.write(head + b"\r\n\r\n")
                    held = rest
                    continue
                sent, held = held[:body], held[body:]
                body -= len(sent)
                up.write(sent)
                await up.drain()
                offset += len(sent)
                self._highest = max(self._highest, offset)
                if self._is_due(len(sent)):
                    return await self._cut(up, down)
            await up.drain()
        return None

    def _begun(self, head: bytes) -> tuple[int, int]:
        """Where a request's bytes begin, and how many there are."""
        patch, length = _PATCH.match(head), _LENGTH.search(head)
        offset = int(patch[1]) if patch else 0
        if patch:
            self.counts.again.append(max(0, self._highest - offset))
        return offset, int(length[1]) if length else 0

    def _is_due(self, sent: int) -> bool:
        self._until_cut -= sent
        if self._until_cut > 0 or self._left == 0:
            return False
        self._left -= 1
        self._until_cut = self._next_cut()
        return True

    async def _cut(self, up: asyncio.StreamWriter, down: asyncio.StreamWriter) -> None:
        """A stall leaves the server with a connection that nobody will ever write to again."""
        how = self._chance.choice(["reset", "drop", "stall"])
        self.counts.cuts[how] += 1
        if how == "stall":
            self._stalled.append(up)
        for writer in (down,) if how == "stall" else (down, up):
            if how != "drop":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(_BLOCK):
            writer.write(block)
            await writer.drain()
        writer.close()


async def _finish(back: asyncio.Task[None], up: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        if up.can_write_eof() and not up.is_closing():
            up.write_eof()
    await back
    up.close()
