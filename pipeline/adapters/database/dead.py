"""Dead letters in the database: listed with their reason, and once each replayed or dropped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, tuple_
from sqlmodel import Session, col, select

from pipeline.adapters.database.letters import drop_letters, letter_of, lock_letters, replay_letters
from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.errors import DeadLetterMissing
from pipeline.letters import ANY_LETTER, DeadLetter, LetterName, Letters, WholeLetter
from pipeline.ports import Message
from pipeline.stage import Stage


class DeadRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]

    async def dead(self, which: Letters = ANY_LETTER) -> Sequence[DeadLetter]:
        def work(session: Session, now: datetime) -> list[DeadLetter]:
            rows = select(InboxRow).where(InboxRow.state == "dead", *_meant(which))
            in_order = rows.order_by(col(InboxRow.finished_at), col(InboxRow.fence), col(InboxRow.event_id))
            return [DeadLetter(**_told(row, now)) for row in session.exec(in_order)]

        return await self._transactions.read(work)

    async def dead_ids(self, stage: str) -> frozenset[str]:
        def work(session: Session, _now: datetime) -> frozenset[str]:
            dead = select(InboxRow.event_id).where(InboxRow.state == "dead", InboxRow.stage == stage)
            return frozenset(session.exec(dead))

        return await self._transactions.read(work)

    async def letter(self, stage: str, event_id: str) -> WholeLetter:
        def work(session: Session, now: datetime) -> WholeLetter:
            its_own = (InboxRow.stage == stage, InboxRow.event_id == event_id, InboxRow.state == "dead")
            found = session.exec(select(InboxRow, EventRow).join(EventRow, letter_of()).where(*its_own))
            for row, letter in found:
                return WholeLetter(**_told(row, now), body=letter.body, headers=letter.headers)
            raise DeadLetterMissing

        return await self._transactions.read(work)

    async def replay(self, stage: str, event_id: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            row = session.get(InboxRow, (stage, event_id))
            if row is None or row.state not in {"dead", "replayed", "dropped"}:
                raise DeadLetterMissing
            return self._replayed(session, [(stage, event_id)], now)

        return await self._transactions.write(work)

    async def replay_all(self, names: Sequence[LetterName]) -> Sequence[Message]:
        return await self._transactions.write(lambda session, now: self._replayed(session, names, now))

    async def drop(self, names: Sequence[LetterName]) -> Sequence[LetterName]:
        def work(session: Session, now: datetime) -> list[LetterName]:
            rows = lock_letters(session, _named(names))
            drop_letters(session, rows, now)
            return [(row.stage, row.event_id) for row in rows]

        return await self._transactions.write(work)

    def _replayed(self, session: Session, names: Sequence[LetterName], now: datetime) -> list[Message]:
        return replay_letters(session, lock_letters(session, _named(names)), self._stages, now)


def _named(names: Sequence[LetterName]) -> ColumnElement[bool]:
    return tuple_(col(InboxRow.stage), col(InboxRow.event_id)).in_(names)


def _meant(which: Letters) -> list[ColumnElement[bool]]:
    said = {
        col(InboxRow.stage): which.stage,
        col(InboxRow.video_id): which.video_id,
        col(InboxRow.reason): which.reason,
        col(InboxRow.event_id): which.event_id,
        col(InboxRow.failure)["code"].as_string(): which.code,
    }
    # PostgreSQL takes no text with a zero in it, not even to compare it: nothing is called so.
    return [
        false() if "\0" in value else column == value for column, value in said.items() if value is not None
    ]


def _told(row: InboxRow, now: datetime) -> dict[str, Any]:
    failure: dict[str, Any] = row.failure or {}
    return {
        "stage": row.stage,
        "event_id": row.event_id,
        "type": row.type or "unknown",
        "video_id": row.video_id,
        "code": failure.get("code", "internal"),
        "message": failure.get("message", ""),
        "hint": failure.get("hint", ""),
        "reason": row.reason or "",
        "attempts": row.failures,
        "crashes": row.crashes,
        "died_at": row.finished_at or now,
    }
