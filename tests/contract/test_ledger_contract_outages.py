"""Many writers at once, and databases that are away: an outage says so, and nothing else does."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import psycopg
import pytest

from cli.local.ports import HOST, pick_free
from pipeline.adapters.database import Database, transactions
from pipeline.claims import Busy
from pipeline.errors import DatabaseAway
from pipeline.ports import Message
from pipeline.uploading import NewUpload
from tests.chain import settings_for
from tests.contract.ledgers import TABLE, TRANSCODE, claimed, finished, taken_over, unpublished
from tests.servers import PostgresServer

Opened = Callable[..., Awaitable[Database]]


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., Database]]:
    databases: list[Database] = []

    def open_at(url: str, lease: timedelta = timedelta(seconds=5)) -> Database:
        databases.append(Database(settings_for(url, lease=lease), TABLE))
        return databases[-1]

    yield open_at
    for database in databases:
        await database.close()


async def test_eight_writers_of_fifty_messages_each_all_succeed(open_ledger: Opened, url: str) -> None:
    """In two processes' views of one database where it can have two."""
    views = [await open_ledger()] if url == "sqlite://" else [await open_ledger() for _ in range(2)]

    async def write(writer: int) -> None:
        for number in range(50):
            await views[writer % len(views)].add([_message(f"{writer}:{number}")])

    await asyncio.gather(*(write(writer) for writer in range(8)))
    assert {message.id for message in await unpublished(views[0])} == {
        f"{writer}:{number}" for writer in range(8) for number in range(50)
    }


async def test_a_ledger_with_its_tables_is_ready(ledger: Database) -> None:
    assert await ledger.ready()


async def test_a_database_that_nobody_migrated_is_not_ready(
    opened: Callable[[str], Database], postgres: PostgresServer, tmp_path: Path
) -> None:
    assert not await opened(f"sqlite:///{tmp_path}/empty.db").ready()
    assert not await opened(postgres.new_database()).ready()


async def test_a_server_that_is_not_there_is_away(opened: Callable[[str], Database]) -> None:
    port = pick_free(["nobody"])["nobody"]
    await _is_away(opened(f"postgresql+psycopg://postgres@{HOST}:{port}/none"))


async def test_a_file_whose_folder_is_gone_is_away(
    opened: Callable[[str], Database], migrated_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated_file, folder / "ledger.db")
    database = opened(f"sqlite:///{folder}/ledger.db")
    shutil.rmtree(folder)
    await _is_away(database)


async def test_a_file_that_another_process_holds_locked_is_away_and_comes_back(
    opened: Callable[[str], Database],
    migrated_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "_BUSY_SECONDS", 0.05)
    file = shutil.copy(migrated_file, tmp_path / "ledger.db")
    database = opened(f"sqlite:///{file}")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseAway, match="locked"):
        await database.begin(NewUpload("a.mp4"))
    other.execute("ROLLBACK")
    other.close()
    assert (await database.begin(NewUpload("a.mp4"))).video.status == "uploading"


async def test_a_lease_that_ran_out_while_the_database_was_away_is_taken_over_by_nobody_at_once(
    opened: Callable[..., Database], migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_BUSY_SECONDS", 0.05)
    url = f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'ledger.db')}"
    holder, other = (opened(url, lease=timedelta(seconds=0.5)) for _ in range(2))
    slow, dead = [await claimed(holder) for _ in range(2)]
    with sqlite3.connect(tmp_path / "ledger.db", isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        over = monotonic() + 0.6
        while monotonic() < over:
            with pytest.raises(DatabaseAway):
                await other.claim(TRANSCODE, slow.envelope, "other")
        lock.execute("ROLLBACK")
    assert isinstance(await other.claim(TRANSCODE, slow.envelope, "other"), Busy)
    await finished(holder, slow)
    taken = await taken_over(other, dead)
    assert taken.crashes == 1, "once there was time to renew it"


async def test_connections_that_the_server_cut_are_replaced_without_a_word(
    opened: Callable[[str], Database], migrated_postgres: str
) -> None:
    database = opened(migrated_postgres)
    assert await database.ready()
    await asyncio.to_thread(_cut_connections, migrated_postgres)
    assert (await database.begin(NewUpload("a.mp4"))).video.status == "uploading"


async def test_a_row_that_somebody_holds_without_end_is_an_outage_and_not_a_wait_without_end(
    opened: Callable[[str], Database], migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_STUCK", "100ms")
    database = opened(migrated_postgres)
    video = (await database.begin(NewUpload("a.mp4"))).video
    with psycopg.connect(migrated_postgres.replace("+psycopg", "")) as other:
        other.execute("SELECT 1 FROM video WHERE id = %s FOR UPDATE", (video.id,))
        with pytest.raises(DatabaseAway, match="lock timeout"):
            await database.seen(video.id)
    await database.seen(video.id)


async def _is_away(database: Database) -> None:
    assert not await database.ready()
    with pytest.raises(DatabaseAway):
        await database.begin(NewUpload("a.mp4"))
    with pytest.raises(DatabaseAway):
        await database.video("x")
    with pytest.raises(DatabaseAway):
        await database.hold("relay", "one", timedelta(seconds=1))


def _cut_connections(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _message(name: str) -> Message:
    return Message(name, "event", "reelmill.events", "video.uploaded.v1", b"{}")
