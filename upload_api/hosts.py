"""ASGI middleware: answers only who calls us by a name of ours; no other site's page changes anything here.

A browser on this machine, or one that keeps the API key, could be used by any page: by one whose own name is
made to resolve to 127.0.0.1 (DNS rebinding), which shows in Host, or by one that simply posts, which shows in
Origin.
"""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.api_settings import ApiSettings
from pipeline.errors import ReelmillError
from pipeline.loopback import is_loopback
from upload_api.errors import HostNotAllowed, OriginNotAllowed
from upload_api.origins import Origins
from upload_api.problems import problem_response

_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/?#@\s]+))(?::\d*)?")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_PROBES = {"/healthz", "/readyz"}
"""Asked by load balancers, by address or without a Host; they tell nothing of any video."""


class Hosts:
    def __init__(self, app: ASGIApp, settings: ApiSettings, origins: Origins) -> None:
        self._app = app
        self._origins = origins
        ours = {settings.host, _name(_netloc(settings.public_url or "")), *settings.allowed_hosts}
        self._ours = {name.lower() for name in ours if name}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            return await self._app(scope, receive, send)
        return await problem_response(refusal, scope["path"])(scope, receive, send)

    async def _refusal(self, scope: Scope) -> ReelmillError | None:
        headers = Headers(scope=scope)
        if scope["path"] in _PROBES:
            return None
        if not self._is_ours(headers.get("host", "")):
            return HostNotAllowed()
        if scope["method"] in _SAFE or not self._is_foreign(headers) or await self._origins.permit(scope):
            return None
        return OriginNotAllowed()

    def _is_foreign(self, headers: Headers) -> bool:
        """Programs send neither header; a page that hides where it is from sends `null`."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "cross-site"
        same = _netloc(origin) == headers.get("host")
        return not same and not self._is_named(_netloc(origin))

    def _is_ours(self, netloc: str) -> bool:
        return "*" in self._ours or self._is_named(netloc)

    def _is_named(self, netloc: str) -> bool:
        name = _name(netloc)
        return name is not None and (name in self._ours or is_loopback(name))


def _netloc(address: str) -> str:
    return address.partition("://")[2].partition("/")[0]


def _name(netloc: str) -> str | None:
    """Without port and brackets; None for what is none."""
    found = _HOST.fullmatch(netloc)
    return (found[1] or found[2]).lower().removesuffix(".") if found else None
