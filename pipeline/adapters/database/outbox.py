"""The outbox, and the named leases of those who empty it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from pipeline.adapters.database.rows import enqueue, messages_of
from pipeline.adapters.database.tables import EventRow, LeaseRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.ports import Message


class OutboxRows:
    _transactions: Transactions

    async def add(self, messages: Sequence[Message]) -> Sequence[Message]:
        return await self._transactions.write(lambda session, now: enqueue(session, messages, now))

    async def overdue(self, patience: timedelta, limit: int, skip: int = 0) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            statement = (
                select(EventRow)
                .where(col(EventRow.published_at).is_(None), col(EventRow.created_at) <= now - patience)
                .order_by(col(EventRow.seq))
                .offset(skip)
                .limit(limit)
            )
            return messages_of(session.exec(statement))

        return await self._transactions.read(work)

    async def mark_published(self, ids: Collection[str]) -> None:
        if not ids:
            return

        def work(session: Session, now: datetime) -> None:
            rows = col(EventRow.id).in_(ids) & col(EventRow.published_at).is_(None)
            session.exec(update(EventRow).where(rows).values(published_at=now))

        await self._transactions.write(work)


class LeaseRows:
    _transactions: Transactions

    async def hold(self, name: str, holder: str, duration: timedelta) -> bool:
        def work(session: Session, now: datetime) -> bool:
            row = session.get(LeaseRow, name, with_for_update=True)
            if row is None:
                session.add(LeaseRow(name=name, holder=holder, until=now + duration))
                return True
            if row.holder != holder and row.until > now:
                return False
            row.holder, row.until = holder, now + duration
            return True

        return await self._transactions.write(work)
