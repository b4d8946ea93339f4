"""What a tab does on its own account: where it asks, and what it complains of."""

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

_NOT_NETWORK = {"blob", "data"}


class Watch:
    def __init__(self, page: Page, origin: str) -> None:
        self._origin = origin
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _NOT_NETWORK and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self.foreign.append(request.url)
