"""ASGI middleware: each request goes on in its caller's trace, and an unexpected error has an answer too."""

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import ReelmillError
from pipeline.tracing import span
from upload_api.capabilities import for_the_log
from upload_api.problems import problem_response

log = structlog.get_logger()


class Tracing:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        with span(
            f"{scope['method']} {for_the_log(scope['path'])}", Headers(scope=scope).get("traceparent")
        ) as own:
            return await self._answered(scope, receive, _with_traceparent(send, own))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            log.exception("request_crashed", method=scope["method"], path=for_the_log(scope["path"]))
            if started:
                raise  # half an answer is out: only a cut connection says that it is not whole
            await problem_response(ReelmillError(), scope["path"])(scope, receive, send)


def _with_traceparent(send: Send, traceparent: str) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["traceparent"] = traceparent
        await send(message)

    return adding
