"""A tus client without a socket, and what it finds."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

import httpx
import pytest

from pipeline.errors import StoreAway
from pipeline.ports import Store
from pipeline.services import Services
from tests.unit.upload_api.conftest import Api
from tests.unit.upload_api.faults import Failing

VERSION = {"Tus-Resumable": "1.0.0"}
STREAM = {"Content-Type": "application/offset+octet-stream"}


def encoded(**fields: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


@dataclass
class Tus:
    api: Api

    async def post(self, content: bytes = b"", **headers: str) -> httpx.Response:
        return await self._ask("POST", "/v1/uploads", content, headers)

    async def begin(self, length: int, **fields: str) -> str:
        """Where its bytes go."""
        said = encoded(**({"filename": "a.mp4"} | fields))
        answer = await self.post(upload_length=str(length), upload_metadata=said)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    async def create_at(self, link: str, content: bytes, length: int) -> httpx.Response:
        """By a link, with the first bytes."""
        return await self._ask("POST", link, content, {"upload-length": str(length), **STREAM})

    async def patch(self, url: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
        return await self._ask("PATCH", url, content, {"upload-offset": str(offset), **STREAM, **headers})

    async def head(self, url: str) -> httpx.Response:
        return await self._ask("HEAD", url, b"", {})

    async def delete(self, url: str) -> httpx.Response:
        return await self._ask("DELETE", url, b"", {})

    async def offset(self, url: str) -> int:
        return int((await self.head(url)).headers["Upload-Offset"])

    @contextmanager
    def failing_store(self, *methods: str) -> Iterator[None]:
        services: Services = self.api.app.state.services
        broken = cast("Store", Failing(services.store, StoreAway, *methods))
        self.api.app.state.services = replace(services, store=broken)
        yield
        self.api.app.state.services = services

    async def stored(self, url: str) -> bytes:
        """What became of it."""
        video_id = (await self.head(url)).headers["Reelmill-Video"]
        return b"".join([block async for block in self.api.store.read(f"{video_id}/source")])

    async def _ask(self, method: str, url: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.api.http.request(method, url, content=content, headers=VERSION | sent)


@pytest.fixture
def tus(api: Api) -> Tus:
    return Tus(api)
