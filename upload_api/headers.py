"""ASGI middleware: the headers that keep a browser from being talked into something, on every answer."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_FRAME = "frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "connect-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    + _NO_FRAME
)
PLAYER_POLICY = (
    PAGE_POLICY.replace("media-src 'self' blob:", "media-src 'self' blob: data:")
    + "; style-src-elem 'self' 'unsafe-inline'"
)
"""hls.js begins a track of subtitles as an empty `data:` file, and media-chrome's controls bring their own
<style> elements: docs/adr/0014 says why they may."""
FRAMED = "/embed/"
"""What lies below may be shown by other sites, as its own policy says; that other header can name none."""


def embed_policy(sites: Sequence[str]) -> str:
    """Of a page for the frames of `sites`."""
    return PLAYER_POLICY.replace(_NO_FRAME, f"frame-ancestors {' '.join(sites)}") if sites else PLAYER_POLICY


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        return await self._app(scope, receive, adding)


def _add(headers: MutableHeaders, path: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # without any, a form of ours would be of no origin
    if not path.startswith(FRAMED):
        headers["X-Frame-Options"] = "DENY"
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)
