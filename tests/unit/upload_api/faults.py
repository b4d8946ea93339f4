"""Parts that fail on demand, and clients that leave."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from starlette.types import Message

from pipeline.errors import ReelmillError


class Failing:
    """Passes everything on to `inner`, but raises `error` from the methods named."""

    def __init__(self, inner: object, error: type[ReelmillError], *names: str) -> None:
        self._inner = inner
        self._error = error
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            return getattr(self._inner, name)

        async def fail(*_args: object, **_kwargs: object) -> None:
            raise self._error

        return fail


async def send_and_leave(
    app: FastAPI, blocks: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[Message]:
    """A client that sends some of its body and is gone; what the server said to nobody."""

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    return await _send_and(gone, app, blocks, headers)


async def send_and_stand_still(
    app: FastAPI, blocks: Sequence[bytes], headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[Message]:
    """A client that sends some of its body, and then nothing, but stays."""
    return await _send_and(asyncio.Event().wait, app, blocks, headers)


async def _send_and(
    then: Callable[[], Awaitable[Any]],
    app: FastAPI,
    blocks: Sequence[bytes],
    headers: Sequence[tuple[bytes, bytes]],
) -> list[Message]:
    incoming = [{"type": "http.request", "body": block, "more_body": True} for block in blocks]
    said: list[Message] = []

    async def receive() -> Message:
        message: Message = incoming.pop(0) if incoming else await then()
        return message

    async def send(message: Message) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/videos",
        "raw_path": b"/v1/videos",
        "query_string": b"filename=a.mp4",
        "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked"), *headers],
        "scheme": "http",
        "server": ("reelmill", 80),
        "client": ("someone", 1),
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return said
