"""The body of a request, block by block, until it ends, breaks off, stands still, or somebody says stop."""

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from starlette.types import Message, Receive

from pipeline.errors import ReelmillError
from upload_api.errors import UploadBrokenOff
from upload_api.tus.errors import UploadStalled


class Stop:
    """Ends what waits for bytes, from anywhere, with the reason that the client is told."""

    def __init__(self) -> None:
        self.said: asyncio.Future[ReelmillError] = asyncio.get_running_loop().create_future()

    def say(self, why: ReelmillError) -> None:
        if not self.said.done():
            self.said.set_result(why)

    async def unless_said(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for `work`, and gives it up once stop is said. Raises what it was said with."""
        working = asyncio.ensure_future(work)
        either: set[asyncio.Future[Any]] = {working, self.said}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not working.done():
                working.cancel()
                await asyncio.wait({working})
        if working.cancelled():
            raise self.said.result()
        working.result()


class Incoming:
    def __init__(self, receive: Receive, stop: Stop, *, patience: float) -> None:
        """`patience`: seconds without a byte after which the client is taken for gone."""
        self._receive = receive
        self._stop = stop
        self._patience = patience
        self._last = monotonic()
        self._reading: asyncio.Future[Message] | None = None
        self._ended = False

    async def next(self, within: float) -> bytes | None:
        """The next block; empty when none came `within` seconds, None at the end. Raises UploadBrokenOff,
        UploadStalled, or what it was stopped with."""
        if self._ended:
            return None
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._receive())
        either: set[asyncio.Future[Any]] = {self._reading, self._stop.said}
        await asyncio.wait(either, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if self._stop.said.done():
            raise self._stop.said.result()
        return self._taken(self._reading) if self._reading.done() else self._nothing()

    async def close(self) -> None:
        """Whoever reads on, such as the middleware that lets an answer reach its client, must not meet us."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    def _taken(self, reading: asyncio.Future[Message]) -> bytes | None:
        self._reading = None
        message = reading.result()
        if message["type"] == "http.disconnect":
            raise UploadBrokenOff
        self._last = monotonic()
        self._ended = not message.get("more_body", False)
        block: bytes = message.get("body", b"")
        return block or (None if self._ended else b"")

    def _nothing(self) -> bytes:
        if monotonic() - self._last > self._patience:
            raise UploadStalled
        return b""
