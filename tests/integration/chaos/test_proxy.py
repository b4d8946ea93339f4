"""A line between two sockets does what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chaos.proxy import FINE, Line, Weather
from cli.local.ports import pick_free

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_SOON = 5.0
_NOT_YET = 0.2


@asynccontextmanager
async def echoing() -> AsyncIterator[Line]:
    """A line to somebody who says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while block := await reader.read(1000):
            writer.write(block)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    line = Line("test", server.sockets[0].getsockname()[1])
    await line.open()
    try:
        yield line
    finally:
        await line.close()
        server.close()


async def connected(line: Line) -> Ends:
    return await asyncio.open_connection("127.0.0.1", line.port)


async def said(ends: Ends, words: bytes) -> bytes:
    reader, writer = ends
    writer.write(words)
    async with asyncio.timeout(_SOON):
        return await reader.readexactly(len(words))


async def is_reset(ends: Ends) -> bool:
    async with asyncio.timeout(_SOON):
        try:
            return not await ends[0].read(1)
        except ConnectionError:
            return True


async def test_a_fine_line_carries_both_ways_and_the_end() -> None:
    async with echoing() as line:
        ends = await connected(line)
        assert await said(ends, b"hello") == b"hello"
        ends[1].write_eof()
        async with asyncio.timeout(_SOON):
            assert await ends[0].read() == b""


async def test_what_was_sent_while_a_line_was_silent_comes_later() -> None:
    async with echoing() as line:
        ends = await connected(line)
        assert await said(ends, b"before") == b"before"
        line.weather = Weather(silent=True)
        ends[1].write(b"during")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ends[0].read(1), _NOT_YET)
        line.weather = FINE
        async with asyncio.timeout(_SOON):
            assert await ends[0].readexactly(6) == b"during"


async def test_a_line_that_refuses_resets_old_and_new_connections() -> None:
    async with echoing() as line:
        old = await connected(line)
        assert await said(old, b"hello") == b"hello"
        line.weather = Weather(refuses=True)
        assert await is_reset(old)
        assert await is_reset(await connected(line))
        line.weather = FINE
        assert await said(await connected(line), b"again") == b"again"


async def test_a_line_cuts_after_so_many_bytes() -> None:
    async with echoing() as line:
        line.weather = Weather(cut_after=10)
        ends = await connected(line)
        assert await said(ends, b"four") == b"four"
        ends[1].write(b"more than is left")
        async with asyncio.timeout(_SOON):
            try:
                assert len(await ends[0].read()) < len(b"more than is left")
            except ConnectionError:
                return


async def test_a_slow_line_takes_its_time_for_each_block() -> None:
    async with echoing() as line:
        line.weather = Weather(delay=_NOT_YET)
        ends = await connected(line)
        began = asyncio.get_running_loop().time()
        assert await said(ends, b"hello") == b"hello"
        assert asyncio.get_running_loop().time() - began >= 2 * _NOT_YET, "there and back"


async def test_nobody_at_the_other_end_is_a_reset() -> None:
    line = Line("test", pick_free(["nobody"])["nobody"])
    await line.open()
    assert await is_reset(await connected(line))
    await line.close()
