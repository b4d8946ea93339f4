"""The socket under a connection to RabbitMQ; it ends when nothing came for two heartbeats.

aiormq would wait for more than three, and neither the kernel nor the broker tells of a line that is cut.
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Protocol, SupportsIndex

_TICK_SECONDS = 1


class _Url(Protocol):
    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class _Contexts(Protocol):
    async def get_context(self) -> ssl.SSLContext: ...


class Socket:
    """What aiormq calls a transport factory. Opens one socket."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._transport: asyncio.Transport | None = None

    async def create(
        self, url: _Url, *, ssl_context_provider: _Contexts, **_: object
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """As `asyncio.open_connection` does, but for the reader. Raises OSError."""
        loop = asyncio.get_running_loop()
        reader = _Listening()
        protocol = asyncio.StreamReaderProtocol(reader)
        context = await ssl_context_provider.get_context() if url.scheme == "amqps" else None
        transport, _protocol = await loop.create_connection(lambda: protocol, url.host, url.port, ssl=context)
        self._transport = transport
        if self._silence:
            reader.end_when_silent(transport, self._silence)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def abort(self) -> None:
        """Without a word to the broker, which may not listen."""
        if self._transport is not None:
            self._transport.abort()


class _Listening(asyncio.StreamReader):
    def __init__(self) -> None:
        super().__init__()
        self._heard = False

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        self._heard = True
        super().feed_data(data)

    def end_when_silent(self, transport: asyncio.Transport, seconds: float, silent: float = 0) -> None:
        """Counts its ticks and asks no clock: a process that was stopped itself has heard nothing either."""
        if transport.is_closing():
            return
        silent = 0 if self._heard else silent + _TICK_SECONDS
        self._heard = False
        if silent > seconds:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        loop.call_later(_TICK_SECONDS, self.end_when_silent, transport, seconds, silent)
