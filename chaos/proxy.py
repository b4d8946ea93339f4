"""The line between two parts of the installation: a TCP proxy on loopback that slows, stops or cuts it.

It is no packet filter: whoever connects while a line is silent gets a connection on which nothing comes.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cli.local.ports import HOST

_BLOCK = 64 * 1024
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: close by a reset."""


@dataclass(frozen=True)
class Weather:
    """What a line does to what goes over it."""

    delay: float = 0.0
    """Seconds, for each block."""
    silent: bool = False
    """Nothing comes through, in neither direction, and no end of a connection either; later it does."""
    refuses: bool = False
    """Every connection is reset, those that are there and new ones."""
    cut_after: int | None = None
    """Bytes after which each connection is reset, counted in both directions together."""


FINE = Weather()


class Line:
    """From one part to another. Listens while it is open."""

    def __init__(self, name: str, target: int, tell: Callable[[str], None] = lambda _: None) -> None:
        """`target` is a port on loopback."""
        self.name = name
        self.port = 0
        self._target = target
        self._tell = tell
        self._weather = FINE
        self._clear = asyncio.Event()
        self._clear.set()
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def weather(self) -> Weather:
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        if weather.silent:
            self._clear.clear()
        else:
            self._clear.set()
        if weather.refuses:
            self.reset()
        for connection in self._open:
            connection.left = weather.cut_after

    def reset(self) -> None:
        """Every connection that is there."""
        for connection in tuple(self._open):
            connection.reset()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.reset()
            await self._server.wait_closed()

    async def through(self) -> Weather:
        """What applies to a block now, once anything goes through at all."""
        await self._clear.wait()
        if self._weather.delay:
            await asyncio.sleep(self._weather.delay)
        return self._weather

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._clear.wait()
        try:
            if self._weather.refuses:
                raise ConnectionResetError
            up_reader, up_writer = await asyncio.open_connection(HOST, self._target)
        except OSError:  # whoever should listen there is dead
            reset(writer)
            return
        connection = _Connection(self, (writer, up_writer), self._weather.cut_after)
        self._open.add(connection)
        try:
            await asyncio.gather(connection.carry(reader, up_writer), connection.carry(up_reader, writer))
        finally:
            self._open.discard(connection)
            for each in (writer, up_writer):
                each.close()


class _Connection:
    def __init__(
        self, line: Line, ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter], left: int | None
    ) -> None:
        self.left = left
        """Bytes until it is cut."""
        self._line = line
        self._ends = ends

    def reset(self) -> None:
        for end in self._ends:
            reset(end)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until one end closes or breaks: what one end does, the other one sees."""
        try:
            while block := await reader.read(_BLOCK):
                await self._line.through()
                if writer.is_closing():  # uvloop would not say it by an OSError
                    raise ConnectionResetError
                writer.write(self._until_cut(block))
                await writer.drain()
                if self.left == 0:
                    raise ConnectionResetError
            await self._line.through()
            if not writer.is_closing():
                with suppress(OSError):
                    writer.write_eof()
        except OSError:
            self.reset()

    def _until_cut(self, block: bytes) -> bytes:
        if self.left is None:
            return block
        block = block[: self.left]
        self.left -= len(block)
        return block


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes by a reset, as a crashed machine or a firewall does."""
    opened = writer.get_extra_info("socket")
    if opened is not None and not writer.is_closing():
        with suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()
