"""ASGI middleware: what tus asks of every exchange: the version on both sides, and methods for clients that
can only POST."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upload_api.problems import problem_response
from upload_api.tus.errors import TusVersionUnsupported
from upload_api.tus.headers import VERSION

_PATH = "/v1/uploads"


class TusConversation:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_tus(scope["path"]):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        method = headers.get("x-http-method-override", scope["method"]).upper()
        if method != "OPTIONS" and headers.get("tus-resumable") != VERSION:
            refusal = problem_response(
                TusVersionUnsupported(), scope["path"], headers={"Tus-Version": VERSION}
            )
            return await refusal(scope, receive, _in_version(send))
        return await self._app({**scope, "method": method}, receive, _in_version(send))


def _is_tus(path: str) -> bool:
    return path == _PATH or path.startswith(f"{_PATH}/")


def _in_version(send: Send) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
        await send(message)

    return adding
