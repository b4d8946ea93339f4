"""What became of uploads: how far the server is with them, and whether the store has the file's bytes."""

import hashlib
import os
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, Request

from tests.installation import Installation

MEGABYTE = 1_000_000


def noise(path: Path, megabytes: float = 2) -> Path:
    """Bytes that no other file has; what is not a video is sent like one."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(os.urandom(int(megabytes * MEGABYTE)))
    return path


def arrived_whole(installation: Installation, card: Locator, file: Path) -> bool:
    """Whether the store has that very file as the source of the card's video."""
    address = card.get_by_role("link", name="Open its page").get_attribute("href") or ""
    [source] = (installation.folder / "store").glob(f"*/{address.rpartition('/')[2]}/source")
    return _sha256(source) == _sha256(file)


class Sending:
    """The requests of a tab that send bytes."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        self.offsets: list[int] = []
        """Where each of them began."""
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if request.method == "PATCH" and "/v1/uploads/" in request.url:
            self.urls.append(request.url)
            self.offsets.append(int(request.headers["upload-offset"]))


def offset_of(url: str) -> int | None:
    """Bytes that the server has; None where it does not know the upload any more."""
    answer = httpx.head(url, headers={"Tus-Resumable": "1.0.0"})
    return int(answer.headers["Upload-Offset"]) if answer.is_success else None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
