"""ASGI middleware: an answer given before the whole body was read reaches a client that is busy sending.

Closing a socket that holds unread bytes resets it, and the reset overtakes the answer. So the answer goes out
whole, announces the close, and the rest of the body is read and dropped for a while first.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 3.0
"""Seconds that a client may go on sending to a request that has been answered."""
_QUIET = 0.5
"""Seconds without a byte after which nothing is on its way any more."""


class Lingering:
    def __init__(self, app: ASGIApp, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _has_body(scope):
            exchange = _Exchange(receive, send, self._patience)
            await self._app(scope, exchange.receive, exchange.send)
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer; knows whether anything of the body is still to come."""

    def __init__(self, receive: Receive, send: Send, patience: float) -> None:
        self._receive = receive
        self._send = send
        self._patience = patience
        self._unread = True

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and self._unread:
            MutableHeaders(scope=message)["connection"] = "close"
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not (last and self._unread):
            return await self._send(message)
        await self._send({**message, "more_body": True})
        await self._drain()
        return await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while self._unread:
                    async with asyncio.timeout(_QUIET):
                        await self.receive()


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
