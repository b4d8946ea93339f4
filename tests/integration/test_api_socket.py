"""The API on a real socket: what only shows with clients that leave, or are told no while they send."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from pipeline.adapters.memory_store import MemoryStore
from pipeline.services import Services
from pipeline.settings import UploadSettings
from tests.chain import Chain, eventually, in_memory, settings_for
from upload_api.app import create_app
from upload_api.memory import Memory
from upload_api.server import Server

MIB = 1024**2
PART = 64 * 1024
HEAD = b"POST /v1/videos?filename=a.mp4 HTTP/1.1\r\nHost: localhost\r\n"


class QuietServer(Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the test runner's."""
        yield


@dataclass
class Served:
    chain: Chain
    store: MemoryStore
    url: str
    port: int
    memory: Memory
    server: uvicorn.Server

    async def left_over(self) -> list[object]:
        rows = (await self.chain.ledger.page(100, None)).items
        return [*rows, *await self.store.list(""), *self.store.uploads]


@asynccontextmanager
async def served(grace: int = 5, memory: int = 8 * MIB) -> AsyncIterator[Served]:
    settings = settings_for()
    settings.upload = UploadSettings(max_bytes=8 * MIB, part_bytes=PART, memory_bytes=memory)
    async with in_memory(settings=settings) as chain:
        store = chain.store
        assert isinstance(store, MemoryStore)
        app = create_app(Services(settings, chain.stages, chain.bus, store, chain.ledger))
        config = uvicorn.Config(
            app, http="httptools", lifespan="on", log_config=None, timeout_graceful_shutdown=grace
        )
        server = QuietServer(config)
        listener = socket.create_server(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve([listener]))
        port = listener.getsockname()[1]
        await eventually(lambda: _answers(server))
        try:
            yield Served(chain, store, f"http://127.0.0.1:{port}", port, app.state.memory, server)
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def api() -> AsyncIterator[Served]:
    async with served() as api:
        yield api


async def _answers(server: uvicorn.Server) -> bool:
    return server.started


async def begin_upload(api: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that has sent several parts, with more to come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 4 * PART)
    await writer.drain()

    async def under_way() -> bool:
        return bool(api.store.uploads)

    await eventually(under_way)
    return reader, writer


async def nothing_left(api: Served) -> None:
    async def clean() -> bool:
        return await api.left_over() == []

    await eventually(clean)


@pytest.mark.parametrize("rudely", [False, True])
async def test_an_upload_that_is_broken_off_leaves_nothing(api: Served, rudely: bool) -> None:
    _, writer = await begin_upload(api)
    if rudely:
        writer.transport.abort()
    else:
        writer.close()
    await nothing_left(api)


async def test_an_upload_that_is_under_way_when_the_server_stops_clears_itself_away() -> None:
    async with served(grace=0) as api:
        reader, writer = await begin_upload(api)
        api.server.should_exit = True
        answer = await reader.readuntil(b"}")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b'"server_stopping"' in answer
        assert await api.left_over() == []
        writer.close()


async def test_an_upload_that_ends_in_time_is_accepted_though_the_server_stops() -> None:
    async with served() as api:
        reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
        await writer.drain()

        async def begun() -> bool:
            return bool((await api.chain.ledger.page(1, None)).items)

        await eventually(begun)
        api.server.should_exit = True
        writer.write(b"y" * 500)
        assert b"202 Accepted" in await reader.readline()
        writer.close()


@pytest.mark.parametrize("declared", [True, False])
async def test_a_client_that_is_busy_sending_too_much_still_gets_the_answer(
    api: Served, declared: bool
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * MIB

    headers = {"Content-Length": str(64 * MIB)} if declared else {}
    async with httpx.AsyncClient(base_url=api.url) as http:
        answer = await http.post("/v1/videos?filename=a.mp4", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert answer.headers["Connection"] == "close"
    await nothing_left(api)


async def test_a_client_that_repeats_an_upload_gets_its_answer_and_can_go_on(api: Served) -> None:
    headers = {"Idempotency-Key": "one"}
    body = b"x" * 4 * MIB
    async with httpx.AsyncClient(base_url=api.url) as http:
        first = await http.post("/v1/videos?filename=a.mp4", content=body, headers=headers)
        again = await http.post("/v1/videos?filename=a.mp4", content=body, headers=headers)
        assert again.headers["Idempotent-Replay"] == "true"
        assert again.json()["id"] == first.json()["id"]
        assert (await http.get("/healthz")).status_code == 200


async def test_a_client_that_waits_for_leave_to_send_is_answered_without_sending(api: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(HEAD + b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
    assert b"413" in await reader.readline()
    writer.close()


async def test_a_player_that_leaves_lets_the_store_go(api: Served) -> None:
    closed = asyncio.Event()
    original = api.store.read

    async def endless(key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        try:
            while True:
                await asyncio.sleep(0)
                yield b"x" * PART
        finally:
            closed.set()

    video_id = await api.chain.upload()
    key = f"{video_id}/1/transcode/1/a.m4s"
    await api.store.put(key, b"x" * 32 * MIB, "video/mp4")
    api.store.read = endless  # type: ignore[method-assign]
    async with httpx.AsyncClient(base_url=api.url) as http, http.stream("GET", f"/media/{key}") as answer:
        assert answer.status_code == 200
        await anext(answer.aiter_bytes())
    async with asyncio.timeout(10):
        await closed.wait()
    api.store.read = original  # type: ignore[method-assign]
