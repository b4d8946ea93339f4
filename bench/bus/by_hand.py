"""The inbox and outbox that a program on FastStream or Celery needs for what Reelmill guarantees, by hand.

Claim with a fence and a lease, then {outcome, next event} in one transaction, then the mark of what was
confirmed: short transactions in plain SQL, with no more in them than the guarantees need.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

_LEASE_SECONDS = 30
_TABLES = (
    "CREATE TABLE IF NOT EXISTS inbox (id TEXT PRIMARY KEY, state TEXT, fence INTEGER, until FLOAT8)",
    "CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, body TEXT, published FLOAT8)",
)
_CLAIM = """
INSERT INTO inbox (id, state, fence, until) VALUES ({0}, 'running', 1, {0})
ON CONFLICT (id) DO UPDATE SET fence = inbox.fence + 1, until = excluded.until
WHERE inbox.state = 'running' AND inbox.until < {0} RETURNING fence
"""


class Tables(Protocol):
    def claim(self, name: str) -> bool: ...
    def commit(self, name: str, follow: str) -> None: ...
    def published(self, names: Sequence[str]) -> None: ...


class _Sql:
    mark: str
    """How the driver writes a parameter."""

    def transaction(self) -> Any:
        raise NotImplementedError

    def prepare(self) -> None:
        with self.transaction() as run:
            for table in _TABLES:
                run(table, ())

    def claim(self, name: str) -> bool:
        now = time.time()
        with self.transaction() as run:
            taken = run(_CLAIM.format(self.mark), (name, now + _LEASE_SECONDS, now)).fetchone()
            self._fence = taken[0] if taken else None
        return taken is not None

    def commit(self, name: str, follow: str) -> None:
        done = f"UPDATE inbox SET state = 'done' WHERE id = {self.mark} AND fence = {self.mark}"
        row = f"INSERT INTO outbox (id, body) VALUES ({self.mark}, {self.mark})"
        with self.transaction() as run:
            if run(done, (name, self._fence)).rowcount != 1:
                raise RuntimeError("another worker took it over")
            run(row, (follow, name))

    def published(self, names: Sequence[str]) -> None:
        marks = ", ".join([self.mark] * len(names))
        with self.transaction() as run:
            run(f"UPDATE outbox SET published = {self.mark} WHERE id IN ({marks})", (time.time(), *names))


class _Sqlite(_Sql):
    mark = "?"

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection.execute
            self._connection.execute("COMMIT")


class _Postgres(_Sql):
    mark = "%s"

    def __init__(self, dsn: str) -> None:
        import psycopg

        self._connection = psycopg.connect(dsn)
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._lock, self._connection.transaction():
            yield self._connection.execute


def opened(url: str) -> Tables:
    """Takes the URLs that SQLAlchemy takes."""
    kind, _, place = url.partition("://")
    tables = _Sqlite(place.removeprefix("/")) if kind == "sqlite" else _Postgres(f"postgresql://{place}")
    tables.prepare()
    return tables
