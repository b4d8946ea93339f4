"""Somebody who asked for notices: counts them by `webhook-id`, as Standard Webhooks tells receivers to."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.notices: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def about(self, video_id: str) -> list[str]:
        """The types of the notices about that video, one for each `webhook-id`."""
        return [notice["type"] for notice in self.notices.values() if notice["data"]["id"] == video_id]

    def take(self, webhook_id: str, notice: dict[str, Any]) -> None:
        self.ids[webhook_id] += 1
        self.notices[webhook_id] = notice

    def close(self) -> None:
        self._server.shutdown()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.take(self.headers["webhook-id"], json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silence: the default writes to stderr."""

    return Handler
