"""Transactions: all or nothing, and a second look where two inserted the same row at once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from pipeline.adapters.database import transactions as module
from pipeline.adapters.database.tables import LeaseRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.errors import DatabaseAway


@pytest.fixture
async def transactions() -> AsyncIterator[Transactions]:
    opened = Transactions("sqlite://")
    yield opened
    await opened.close()


async def names(transactions: Transactions) -> list[str]:
    return await transactions.read(
        lambda session, _now: [row.name for row in session.exec(select(LeaseRow)).all()]
    )


def insert(session: Session, now: datetime) -> None:
    session.add(LeaseRow(name="relay", holder="one", until=now))


async def test_work_that_raises_leaves_nothing_behind(transactions: Transactions) -> None:
    def work(session: Session, now: datetime) -> None:
        insert(session, now)
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        await transactions.write(work)
    assert await names(transactions) == []


async def test_work_that_found_its_row_inserted_meanwhile_sees_it_the_second_time(
    transactions: Transactions,
) -> None:
    looks = 0

    def work(session: Session, now: datetime) -> str:
        nonlocal looks
        looks += 1
        if looks > 1:
            return session.get_one(LeaseRow, "relay").holder
        insert(session, now)
        session.flush()
        session.expunge_all()
        insert(session, now)
        return "nobody"

    await transactions.write(insert)
    assert await transactions.write(work) == "one"
    assert looks == 2


async def test_reading_changes_nothing(transactions: Transactions) -> None:
    await transactions.read(insert)
    assert await names(transactions) == []


async def test_now_is_a_moment_in_utc(transactions: Transactions) -> None:
    now = await transactions.read(lambda _session, now: now)
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=10)


async def test_a_writer_whose_turn_does_not_come_is_told_so(
    transactions: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.05)
    may_end = threading.Event()
    begun = threading.Event()

    def work(_session: Session, _now: datetime) -> None:
        begun.set()
        may_end.wait()

    first = asyncio.create_task(transactions.write(work))
    await asyncio.to_thread(begun.wait)
    try:
        with pytest.raises(DatabaseAway):
            await transactions.write(insert)
    finally:
        may_end.set()
        await first
    await transactions.write(insert)
    assert await names(transactions) == ["relay"]
