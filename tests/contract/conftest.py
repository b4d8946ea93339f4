"""The three databases that every ledger test runs over; none of them is known to the tests themselves."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from pipeline.adapters.database import Database
from pipeline.adapters.database.migrate import migrate
from pipeline.settings import DatabaseSettings
from pipeline.stage import Stage
from tests.chain import settings_for
from tests.contract.chunked import CHUNKED
from tests.contract.ledgers import TABLE
from tests.servers import PostgresServer

DATABASES = ["memory", "file", "postgresql"]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "ledger.db"
    migrate(DatabaseSettings(url=f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    url = postgres.new_database()
    migrate(DatabaseSettings(url=url))
    return url


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with every table."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "ledger.db")
        return f"sqlite:///{file}"
    server: str = request.getfixturevalue("migrated_postgres")
    _empty(server)
    return server


@pytest.fixture
async def open_ledger(url: str) -> AsyncIterator[Callable[..., Awaitable[Database]]]:
    """Opens another process's view of the database; `lease=...` and the like are its work settings."""
    async with AsyncExitStack() as stack:

        async def opened(
            table: tuple[Stage, ...] = TABLE, undo: timedelta = timedelta(0), **work: object
        ) -> Database:
            database = Database(settings_for(url, undo=undo, **work), table)
            stack.push_async_callback(database.close)
            return database

        yield opened


@pytest.fixture
async def ledger(open_ledger: Callable[..., Awaitable[Database]]) -> Database:
    return await open_ledger(lease=timedelta(minutes=1))


@pytest.fixture
async def forgiving(open_ledger: Callable[..., Awaitable[Database]]) -> Database:
    """A ledger that takes deletions back for a minute."""
    return await open_ledger(lease=timedelta(minutes=1), undo=timedelta(minutes=1))


@pytest.fixture
async def chunked(open_ledger: Callable[..., Awaitable[Database]]) -> Database:
    """A ledger of an installation that transcodes in chunks."""
    return await open_ledger(CHUNKED, lease=timedelta(minutes=1))


@pytest.fixture
async def hasty(open_ledger: Callable[..., Awaitable[Database]]) -> Database:
    """A ledger whose leases are over at once."""
    return await open_ledger(lease=timedelta(milliseconds=50))


def _empty(url: str) -> None:
    engine, tables = create_engine(url), ", ".join(SQLModel.metadata.tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    engine.dispose()
