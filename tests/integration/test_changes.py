"""Streams of changes on a real socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from tests.chain import eventually
from tests.integration.test_api_socket import Served, served

SOON = 10


@dataclass
class Heard:
    """What a client reads, as a browser would take it apart."""

    events: list[tuple[str, dict[str, Any], float]] = field(default_factory=list)
    """Kind, data and when it came."""
    cursor: str = ""
    ended: bool = False

    def of(self, video_id: str) -> list[tuple[str, Any]]:
        return [(kind, data.get("status")) for kind, data, _ in self.events if data.get("id") == video_id]

    def when(self, video_id: str) -> float:
        return next(at for _, data, at in self.events if data.get("id") == video_id)

    async def until(self, video_id: str, kind: str, status: str | None = None) -> None:
        await eventually(lambda: self._has((kind, status), video_id), SOON)

    async def read(self, answer: httpx.Response) -> None:
        kind, data = "message", ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                self.cursor = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not line and data:
                self.events.append((kind, json.loads(data), time.monotonic()))
                kind, data = "message", ""
        self.ended = True

    async def _has(self, what: tuple[str, Any], video_id: str) -> bool:
        return what in self.of(video_id)


@asynccontextmanager
async def listening(api: Served, cursor: str = "", **query: Any) -> AsyncIterator[Heard]:
    heard = Heard()
    headers = {"Last-Event-ID": cursor} if cursor else {}
    async with (
        httpx.AsyncClient(base_url=api.url, timeout=30) as http,
        http.stream("GET", "/v1/changes", params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        reading = asyncio.create_task(heard.read(answer))
        yield heard
        reading.cancel()
        await asyncio.wait({reading})


@pytest.fixture
async def api() -> AsyncIterator[Served]:
    async with served() as api:
        yield api


async def test_two_clients_are_told_the_same_within_a_second(api: Served) -> None:
    async with listening(api) as one, listening(api) as other:
        before = time.monotonic()
        video_id = await api.chain.upload()
        await one.until(video_id, "video", "processing")
        await other.until(video_id, "video", "processing")
    assert abs(one.when(video_id) - other.when(video_id)) < 1
    assert one.when(video_id) - before < 5  # the machine may be busy; alone it is half a second


async def test_what_an_event_says_is_what_a_status_answers(api: Served) -> None:
    async with listening(api) as heard, httpx.AsyncClient(base_url=api.url) as http:
        video_id = await api.chain.upload()
        await heard.until(video_id, "video", "processing")
        shown = (await http.get(f"/v1/videos/{video_id}")).json()
        assert [data for _, data, _ in heard.events if data.get("id") == video_id][-1] == shown


async def test_a_client_that_comes_back_with_its_cursor_has_lost_nothing(api: Served) -> None:
    async with listening(api) as heard:
        kept, erased = await api.chain.upload(), await api.chain.upload()
        await heard.until(erased, "video", "processing")
        await heard.until(kept, "video", "processing")
    assert heard.cursor
    await api.chain.ledger.cancel(kept)
    await api.chain.ledger.delete(erased)
    for back in ({"cursor": heard.cursor}, {"last_event_id": heard.cursor}):
        async with listening(api, **back) as again:
            await again.until(kept, "video", "cancelled")
            await again.until(erased, "gone")


async def test_a_client_with_a_cursor_of_another_place_is_told_to_read_anew(api: Served) -> None:
    async with listening(api, "from-elsewhere") as heard:
        await eventually(lambda: _begun(heard), SOON)
    assert heard.events[0][:2] == ("reset", {})


async def test_a_stream_can_be_narrowed_to_some_videos(api: Served) -> None:
    wanted, other = await api.chain.upload(), await api.chain.upload()
    async with listening(api, video=[wanted, "none"]) as heard:
        await api.chain.ledger.cancel(other)
        await api.chain.ledger.cancel(wanted)
        await heard.until(wanted, "video", "cancelled")
    assert heard.of(other) == []


async def test_a_client_that_leaves_is_forgotten(api: Served) -> None:
    fanout = api.server.config.app.state.fanout  # type: ignore[union-attr]
    async with listening(api):
        await eventually(lambda: _is(fanout.reads(), True), SOON)
    await eventually(lambda: _is(fanout.reads(), False), SOON)


async def test_a_client_that_reads_nothing_keeps_nobody_from_hearing(api: Served) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", api.port, limit=1)
    writer.write(b"GET /v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n")
    async with listening(api) as heard:
        video_id = await api.chain.upload()
        for _ in range(300):
            begun = await api.chain.ledger.begin(NewUpload("a.mp4", title="x" * 2000))
            await api.chain.ledger.accept(begun.video.id, 1, new_traceparent())
        await api.chain.ledger.cancel(video_id)
        await heard.until(video_id, "video", "cancelled")
    writer.close()


async def test_streams_end_whole_when_the_server_stops_and_do_not_hold_it_up() -> None:
    async with served(grace=60) as api, listening(api) as one, listening(api) as other:
        api.server.should_exit = True
        await eventually(lambda: _is(one.ended and other.ended, True), SOON)


async def _begun(heard: Heard) -> bool:
    return bool(heard.events)


async def _is(value: bool, wanted: bool) -> bool:
    return value is wanted
