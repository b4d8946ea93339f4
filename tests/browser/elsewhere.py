"""A page of another site, which shows one of ours in a frame."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def site_that_frames(address: str) -> Iterator[str]:
    with site_with(f'<iframe src="{address}" width="640" height="360" allow="autoplay"></iframe>') as page:
        yield page


@contextmanager
def site_with(markup: str) -> Iterator[str]:
    """The address of the page around it. Its host is `localhost` and not 127.0.0.1: another site, not only
    another port."""
    body = f"<!doctype html><title>Elsewhere</title>{markup}".encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its signature
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
