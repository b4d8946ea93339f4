"""ASGI middleware: asks for the API key where one is set: as a bearer token, or as the password of Basic."""

import binascii
import hmac
from base64 import b64decode

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upload_api.capabilities import is_for_the_key
from upload_api.errors import KeyRequired
from upload_api.problems import problem_response

_CHALLENGES = ('Basic realm="Reelmill", charset="UTF-8"', 'Bearer realm="Reelmill"')
"""Basic first: a browser asks for a password, and any user's name will do."""


class Access:
    def __init__(self, app: ASGIApp, key: SecretStr | None) -> None:
        self._app = app
        self._key = key.get_secret_value().encode() if key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._key is None or self._may_pass(scope, self._key):
            return await self._app(scope, receive, send)
        refusal = KeyRequired("What was sent is not it." if _sent(scope) is not None else None)
        return await problem_response(refusal, scope["path"])(scope, receive, _challenging(send))

    def _may_pass(self, scope: Scope, key: bytes) -> bool:
        if scope["method"] == "OPTIONS":  # a preflight cannot carry it
            return True
        if not is_for_the_key(scope["method"], scope["path"]):
            return True
        return hmac.compare_digest(_sent(scope) or b"", key)


def _sent(scope: Scope) -> bytes | None:
    """What the request gives as the key."""
    scheme, _, value = Headers(scope=scope).get("authorization", "").partition(" ")
    value = value.strip()
    if scheme.lower() == "bearer":
        return value.encode("latin-1")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(value, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""


def _challenging(send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            for challenge in _CHALLENGES:
                MutableHeaders(scope=message).append("WWW-Authenticate", challenge)
        await send(message)

    return adding
