"""ASGI middleware: the headers that keep a browser from being talked into something, on every answer."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "connect-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PLAYER_POLICY = (
    PAGE_POLICY.replace("media-src 'self' blob:", "media-src 'self' blob: data:")
    + "; style-src-elem 'self' 'unsafe-inline'"
)
"""hls.js begins a track of subtitles as an empty `data:` file, and media-chrome's controls bring their own
<style> elements: docs/adr/0014 says why they may."""


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message))
            await send(message)

        return await self._app(scope, receive, adding)


def _add(headers: MutableHeaders) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # without any, a form of ours would be of no origin
    headers["X-Frame-Options"] = "DENY"
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)
