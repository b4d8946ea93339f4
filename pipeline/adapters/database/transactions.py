"""Transactions on SQLite and PostgreSQL, run in threads so that the event loop never waits for a database."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from pipeline.adapters.database.grace import Grace
from pipeline.errors import DatabaseAway

T = TypeVar("T")
_THREADS = 8
_BUSY_SECONDS = 5
_STUCK = "10s"
"""How long PostgreSQL lets a statement of ours wait for a row that another holds, and a transaction be idle:
ours never are, unless their process was stopped in its tracks, and others must not wait for that."""
_NOTICED = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server that is gone without a word is noticed in ten seconds; the system would take a quarter of an
hour."""
_CLOCK = text("SELECT clock_timestamp()")


class Transactions:
    """Runs functions of `(session, now)` in one transaction each; `now` is the database's clock, in UTC."""

    def __init__(self, url: str, grace: Grace | None = None) -> None:
        """`grace` is told what was done and what was not."""
        self._grace = grace or Grace(timedelta(0))
        self._sqlite = make_url(url).get_backend_name() == "sqlite"
        self.in_memory = self._sqlite and make_url(url).database in {None, "", ":memory:"}
        self.engine = _engine(url, sqlite=self._sqlite, in_memory=self.in_memory)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="database")
        # SQLite has one writer: queueing here is fair, its busy handler is not.
        self._one_writer = _Turn() if self._sqlite else nullcontext()
        if self.in_memory:
            SQLModel.metadata.create_all(self.engine)

    async def write(self, work: Callable[[Session, datetime], T]) -> T:
        """Commits what `work` did, or nothing. Raises DatabaseAway."""
        written = await self._watched(self._written(work))
        self._grace.succeeded()
        return written

    async def read(self, work: Callable[[Session, datetime], T]) -> T:
        """Raises DatabaseAway."""
        return await self._watched(self._in_thread(lambda: self._read(work)))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self.engine.dispose()

    async def _watched(self, working: Awaitable[T]) -> T:
        began = monotonic()
        try:
            return await working
        except DatabaseAway:
            self._grace.failed(began)
            raise

    async def _written(self, work: Callable[[Session, datetime], T]) -> T:
        try:
            return await self._in_thread(lambda: self._write(work))
        except IntegrityError:  # another inserted the same row meanwhile: now it is there to be read
            return await self._in_thread(lambda: self._write(work))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except (OperationalError, PoolTimeout) as error:
            raise DatabaseAway(_first_line(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise DatabaseAway(_first_line(error)) from error
            raise

    def _write(self, work: Callable[[Session, datetime], T]) -> T:
        with self._one_writer, Session(self.engine, expire_on_commit=False) as session:
            result = self._worked(session, work, {"writes": True})
            session.commit()
            return result

    def _read(self, work: Callable[[Session, datetime], T]) -> T:
        # The one connection of an in-memory database is shared: a reader must not see half a write.
        turn = self._one_writer if self.in_memory else nullcontext()
        with turn, Session(self.engine, expire_on_commit=False) as session:
            return self._worked(session, work, {})

    def _worked(self, session: Session, work: Callable[[Session, datetime], T], options: dict[str, Any]) -> T:
        """What `work` returns; on another connection when the server had cut the first, as long as nothing is
        committed. A ping before every transaction would cost three round trips."""
        try:
            session.connection(execution_options=options)
            return work(session, self._now(session))
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        session.rollback()
        session.connection(execution_options=options)
        return work(session, self._now(session))

    def _now(self, session: Session) -> datetime:
        if self._sqlite:
            return datetime.now(UTC)
        now: datetime = session.connection().execute(_CLOCK).scalar_one()
        return now.astimezone(UTC)


class _Turn:
    """Of the writers in one process; whoever waits too long hears what a busy database would say."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=_BUSY_SECONDS):
            raise DatabaseAway("Others have been waiting for it, too.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _engine(url: str, *, sqlite: bool, in_memory: bool) -> Engine:
    if not sqlite:
        engine = create_engine(url, pool_size=_THREADS, connect_args={"connect_timeout": 5} | _NOTICED)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    pool = {"poolclass": StaticPool} if in_memory else {"pool_size": _THREADS}
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS}, **pool)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: psycopg.Connection[Any], _record: Any) -> None:
    # Not as options of the connection: poolers refuse those.
    for setting in ("lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute("SELECT set_config(%s, %s, false)", (setting, _STUCK))
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own BEGIN is deferred and comes after the first SELECT: we say it ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes fails at once when another wrote meanwhile, however long the
    # busy timeout: writers take the lock first.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
