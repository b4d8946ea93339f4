"""Which pages of other sites may call the API from a browser, and the middleware that tells browsers so."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.services import Services

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TOLD = (
    "ETag",
    "Idempotent-Replay",
    "Location",
    "Retry-After",
    "traceparent",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Checksum",
    "Upload-Concat",
    "Upload-Defer-Length",
    "Upload-Expires",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "X-HTTP-Method-Override",
)
"""Headers of answers that a script of such a page may read, beside the few that every script may."""
_REMEMBERED = 3600
"""Seconds for which a browser need not ask again; Chrome remembers for two hours at most."""


class Origins:
    def __init__(self, services: Services) -> None:
        self._set = {origin.lower() for origin in services.settings.api.cors_origins}

    async def permit(self, scope: Scope) -> bool:
        origin = Headers(scope=scope).get("origin")
        return origin is not None and origin.lower() in self._set


class Cors:
    """No cookie and no password that the browser keeps goes along: such a page shows the key, or a link."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._origins = origins
        # a pattern and not `*`: the answer names the origin and says that it varies with it
        self._telling = CORSMiddleware(
            app,
            allow_origin_regex=".*",
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_TOLD,
            max_age=_REMEMBERED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        permitted = scope["type"] == "http" and await self._origins.permit(scope)
        return await (self._telling if permitted else self._app)(scope, receive, send)
