"""A TCP line to a server that a test can cut, or let go dead without a word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cli.local.ports import HOST


class Wire:
    """What is done to it is done to the connections there are; new ones work."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._to_server: set[asyncio.StreamWriter] = set()
        self._deaf: set[asyncio.StreamWriter] = set()
        self.connections = 0

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def address(self, url: str) -> str:
        """`url`, by way of this line."""
        return url.replace(f":{self._to}", f":{self.port}")

    def go_dead(self) -> None:
        """Both ends stay open, and nothing comes through any more."""
        self._deaf |= self._writers

    def swallow(self) -> None:
        """What the client says is lost; the server's words still arrive."""
        self._deaf |= self._to_server

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, HOST, 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        to_reader, to_writer = await asyncio.open_connection(HOST, self._to)
        self._to_server.add(to_writer)
        self._writers |= {writer, to_writer}
        await asyncio.gather(self._pump(reader, to_writer), self._pump(to_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if writer not in self._deaf:
                    writer.write(data)
                    await writer.drain()
        if writer not in self._deaf:
            writer.close()


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    line = Wire(port)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
