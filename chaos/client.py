"""Whoever uploads: through the public API, again with the same Idempotency-Key when no answer came, until the
upload is accepted. Remembers every answer."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_ANSWER_SECONDS = 15
_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 5.0
"""Also where the API asks for more patience: it holds for an installation that waits in minutes."""
_SMALLEST, _LARGEST = 20_000, 600_000


@dataclass
class Upload:
    key: str
    size: int
    video_id: str | None = None
    """Of the first 202."""
    others: list[str] = field(default_factory=list)
    """Of later ones that named another video."""
    answers: list[str] = field(default_factory=list)
    """In order: a status, or what broke."""

    def accepted(self, video_id: str) -> None:
        if self.video_id is None:
            self.video_id = video_id
        elif video_id != self.video_id:
            self.others.append(video_id)


def drawn(count: int, seed: int, file: Path | None = None, *, name: str = "chaos") -> list[Upload]:
    """Of sizes from 20 to 600 kB, or that of `file`."""
    chance = random.Random(f"uploads {seed}")
    sizes = [chance.randint(_SMALLEST, _LARGEST) for _ in range(count)]
    if file is not None:
        sizes = [file.stat().st_size] * count
    return [Upload(f"{name}-{seed}-{number}", size) for number, size in enumerate(sizes)]


class Client:
    """An async context manager over the `urls` of one API, taken in turn, as a load balancer does."""

    def __init__(self, urls: Sequence[str], notify_url: str | None, file: Path | None = None) -> None:
        self._urls = itertools.cycle(urls)
        self._asked = {"notify_url": notify_url} if notify_url else {}
        self._file = file.read_bytes() if file is not None else None
        self._http = httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def spread(self, uploads: Sequence[Upload], seconds: float) -> None:
        """Begins them at equal distances over `seconds`; returns once all are accepted."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, upload in enumerate(uploads):
                due = began + seconds * number / max(1, len(uploads))
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                group.create_task(self.upload(upload))

    async def upload(self, upload: Upload) -> None:
        """Until it is accepted."""
        while not await self.tried(upload):  # noqa: ASYNC110  there is nothing to wait for but time
            await asyncio.sleep(_PAUSE_SECONDS)

    async def tried(self, upload: Upload) -> bool:
        """Whether it was accepted this time."""
        try:
            answer = await self._http.post(
                f"{next(self._urls)}/v1/videos",
                params={"filename": f"{upload.key}.mp4", **self._asked},
                headers={"Idempotency-Key": upload.key, "Content-Type": "video/mp4"},
                content=self._file or body_of(upload),
            )
        except httpx.HTTPError as error:
            upload.answers.append(type(error).__name__)
            return False
        upload.answers.append(_said(answer))
        if answer.status_code != 202:
            wait = float(answer.headers.get("retry-after", "0"))
            await asyncio.sleep(min(wait, _LONGEST_PAUSE_SECONDS))
            return False
        upload.accepted(answer.json()["id"])
        return True


def body_of(upload: Upload) -> bytes:
    """The same each time it is sent."""
    return random.Random(upload.key).randbytes(upload.size)


def told(uploads: Sequence[Upload]) -> Counter[str]:
    """How often each answer came, over all of them."""
    return Counter(answer for upload in uploads for answer in upload.answers)


def _said(answer: httpx.Response) -> str:
    if answer.status_code == 202:
        return "202 again" if "idempotent-replay" in answer.headers else "202"
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except (ValueError, KeyError):
        return str(answer.status_code)
