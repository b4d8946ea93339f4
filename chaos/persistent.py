"""What a client asks whose server dies under it again and again, until it is answered: beside plain uploads,
resumable ones, deletions and replays."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from chaos.client import Client, Upload
from cli.local.ports import HOST

PART = 256 * 1024
"""Bytes of a part of a resumable upload."""
_PAUSE = 0.2
_TUS = {"Tus-Resumable": "1.0.0"}


class PersistentClient:
    def __init__(self, port: int, clip: Path) -> None:
        self._clip = clip.read_bytes()
        self._long = self._clip + bytes(2 * PART + 1000)
        url = f"http://{HOST}:{port}"
        self._uploads = Client([url], None, clip)
        self._http = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False)

    async def close(self) -> None:
        await self._uploads.close()
        await self._http.aclose()

    async def ready(self) -> None:
        await _again(lambda: self._http.get("/readyz"), lambda answer: answer.status_code == 200)

    async def send_many(self, count: int, name: str) -> list[str]:
        """The videos' ids."""
        uploads = [Upload(f"{name}-{number}", len(self._clip)) for number in range(count)]
        await self._uploads.spread(uploads, 0)
        return [upload.video_id or "" for upload in uploads]

    async def send(self, name: str) -> str:
        return (await self.send_many(1, name))[0]

    async def begin(self, number: int) -> str:
        """The address of a resumable upload."""
        named = base64.b64encode(f"{number}.mp4".encode()).decode()
        headers = {"Upload-Length": str(len(self._long)), "Upload-Metadata": f"filename {named}"}
        answer = await _again(
            lambda: self._http.post("/v1/uploads", headers=_TUS | headers),
            lambda answer: answer.status_code == 201,
        )
        return answer.headers["Location"]

    async def send_a_part_and_more(self, upload: str) -> None:
        """What is more becomes a tail. Once: the server may die of it."""
        await self._patch(upload, PART + 500)

    async def send_the_rest(self, upload: str) -> None:
        while not await self._patch(upload, len(self._long)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_PAUSE)

    async def _patch(self, upload: str, most: int) -> bool:
        """Whether all of it was there before."""
        try:
            told = await self._http.head(upload, headers=_TUS)
            if told.status_code != 200:
                return False
            at = int(told.headers["Upload-Offset"])
            headers = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
            if at < len(self._long):
                content = self._long[at : at + most]
                await self._http.patch(upload, headers=_TUS | headers, content=content)
            return at == len(self._long)
        except httpx.TransportError:
            return False

    async def delete(self, video: str) -> None:
        await _again(
            lambda: self._http.delete(f"/v1/videos/{video}"), lambda answer: answer.status_code in {204, 404}
        )

    async def letters(self, count: int) -> list[dict[str, str]]:
        """The dead letters, once there are so many."""
        answer = await _again(
            lambda: self._http.get("/v1/dead-letters"),
            lambda answer: answer.status_code == 200 and len(answer.json()["items"]) >= count,
        )
        return list(answer.json()["items"])

    async def replay(self, letter: dict[str, str]) -> None:
        """A letter that is gone was replayed by a request that got no answer."""
        address = f"/v1/dead-letters/{letter['stage']}/{letter['event_id']}/replay"
        await _again(lambda: self._http.post(address), lambda answer: answer.status_code in {202, 404})


async def _again(
    ask: Callable[[], Awaitable[httpx.Response]], enough: Callable[[httpx.Response], bool]
) -> httpx.Response:
    while True:
        try:
            answer = await ask()
            if enough(answer):
                return answer
        except httpx.TransportError:
            pass
        await asyncio.sleep(_PAUSE)
