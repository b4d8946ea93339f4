"""What was seen, line by line while it happens, and as tables at the end."""

import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from tests.compose.engine import Docker
from tests.compose.standins import BASE, STANDINS

_OF_STORE = {
    "minio": "MinIO itself, built from its last release on the Go module proxy",
    "rclone": "rclone's S3 server: the same API, but no MinIO",
}


class Report:
    def __init__(self) -> None:
        self.failed = 0
        self._rows: list[tuple[str, str, str]] = []
        self._images: list[tuple[str, str, str]] = []

    @contextmanager
    def checking(self, what: str) -> Iterator[list[str]]:
        """Collects what was seen; an assertion that fails is one of the things seen."""
        seen: list[str] = []
        started = time.monotonic()
        try:
            yield seen
            verdict = "yes"
        except Exception as error:  # every other check is to run all the same
            verdict = "**no**"
            self.failed += 1
            seen.append(" ".join(str(error).split())[-600:] or type(error).__name__)
            traceback.print_exc()
        self._rows.append((what, verdict, "; ".join(seen)))
        sys.stderr.write(f"{verdict:8} {what}: {'; '.join(seen)} ({time.monotonic() - started:.0f} s)\n")

    def standins(self, docker: Docker, store: str) -> None:
        made = [(one.image, one.differs) for one in (BASE, *STANDINS)]
        made.append(("pgsty/silo:RELEASE.2026-09-03T13-18-01Z", _OF_STORE[store]))
        self._images = [(image, _size(docker, image), differs) for image, differs in made]

    def text(self) -> str:
        images = _table(("image", "size", "what stood in for it, and how it differs"), self._images)
        return f"{images}\n{_table(('check', 'so', 'what was seen'), self._rows)}"


def _size(docker: Docker, image: str) -> str:
    return f"{int(docker.inspect(image, '{{.Size}}')) / 1e6:.0f} MB"


def _table(head: tuple[str, ...], rows: list[tuple[str, str, str]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
