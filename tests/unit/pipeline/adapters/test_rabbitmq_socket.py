"""A line that is cut without a word: neither the kernel nor the broker tells of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from pipeline.adapters.rabbitmq.socket import Socket

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _server(answer: Answer) -> AsyncIterator[Any]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield SimpleNamespace(scheme="amqp", host="127.0.0.1", port=server.sockets[0].getsockname()[1])


@asynccontextmanager
async def _opened(url: Any, silence: float) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await Socket(silence).create(url, ssl_context_provider=SimpleNamespace())
    try:
        yield reader
    finally:
        writer.close()


async def _says_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def test_a_line_on_which_nothing_comes_ends() -> None:
    async with _server(_says_nothing) as url, _opened(url, silence=1) as reader:
        assert await asyncio.wait_for(reader.read(), 20) == b""


async def test_a_line_on_which_something_comes_now_and_then_goes_on() -> None:
    async def says_little(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _word in range(8):
            writer.write(b".")
            await asyncio.sleep(0.5)
        writer.close()

    async with _server(says_little) as url, _opened(url, silence=2) as reader:
        assert await asyncio.wait_for(reader.read(), 20) == b"." * 8


async def test_without_heartbeats_silence_means_nothing() -> None:
    async with _server(_says_nothing) as url, _opened(url, silence=0) as reader:
        waiting = asyncio.ensure_future(reader.read())
        done, _ = await asyncio.wait({waiting}, timeout=3)
        assert not done
        waiting.cancel()
