"""The API over the in-memory twins, and a client that talks to it without a socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.memory_store import MemoryStore
from pipeline.services import Services
from pipeline.settings import UploadSettings
from tests.chain import Chain, in_memory, settings_for
from tests.showing import Showing
from upload_api.app import create_app

PART = 1000
LIMIT = 50_000


@dataclass
class Api:
    chain: Chain
    app: FastAPI
    http: httpx.AsyncClient
    bus: MemoryBus
    store: MemoryStore

    async def upload(self, content: bytes = b"video", **params: str) -> str:
        answer = await self.http.post("/v1/videos", params={"filename": "a.mp4"} | params, content=content)
        assert answer.status_code == 202, answer.text
        video_id: str = answer.json()["id"]
        return video_id

    async def left_over(self) -> list[str]:
        """Rows, objects and multipart uploads that are there."""
        page = await self.chain.ledger.page(100, None)
        rows = [f"row {video.id}" for video, _ in page.items]
        return rows + [info.key for info in await self.store.list("")] + list(self.store.uploads)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    settings = settings_for()
    settings.upload = UploadSettings(max_bytes=LIMIT, part_bytes=PART)
    async with in_memory(settings=settings) as chain:
        bus, store = chain.bus, chain.store
        assert isinstance(bus, MemoryBus)
        assert isinstance(store, MemoryStore)
        app = create_app(Services(settings, chain.stages, bus, store, chain.ledger))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            yield Api(chain, app, http, bus, store)


@pytest.fixture
def showing(api: Api) -> Showing:
    showing = Showing(api.chain.ledger)
    services: Services = api.app.state.services
    api.app.state.services = Services(**(vars(services) | {"ledger": showing}))
    return showing
