"""Which pages of other sites may call the API from a browser, and the middleware that tells browsers so."""

from time import monotonic

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.errors import Outage
from pipeline.services import Services
from upload_api.capabilities import opens_itself

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TOLD = (
    "ETag",
    "Idempotent-Replay",
    "Location",
    "Reelmill-Video",
    "Retry-After",
    "traceparent",
    "Tus-Checksum-Algorithm",
    "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Resumable",
    "Tus-Version",
    "Upload-Checksum",
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


_FRESH = 60.0
"""Seconds for which a site that a link names is not looked up again."""
_MOST = 1000
"""Sites that are remembered."""


class Origins:
    """Those that are set, everywhere. Those that an upload link names, where an unguessable address opens by
    itself: to upload, and to see what becomes of it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._set = frozenset(services.settings.api.cors_origins)
        self._linked: dict[str, float] = {}
        """Until when each need not be looked up again."""

    async def permit(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin", "").lower()
        if origin in self._set:
            return True
        if not origin or origin.partition("://")[2] == headers.get("host", "").lower():
            return False  # a page of ours needs no leave
        return opens_itself(_asked(scope), scope["path"]) and await self._is_linked(origin)

    async def _is_linked(self, origin: str) -> bool:
        if self._linked.get(origin, 0.0) > monotonic():
            return True
        try:
            linked = await self._services.ledger.is_linked_from(origin)
        except Outage:  # what the page wants needs the database, too
            return False
        if linked:
            self._remember(origin)
        return linked

    def _remember(self, origin: str) -> None:
        if len(self._linked) >= _MOST:
            self._linked.clear()
        self._linked[origin] = monotonic() + _FRESH


def _asked(scope: Scope) -> str:
    """A preflight asks for the method of the request that is to follow."""
    method: str = scope["method"]
    if method == "OPTIONS":
        return Headers(scope=scope).get("access-control-request-method", method)
    return method


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
