"""Dead letters in the database: listed with their reason, and replayed once each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from pipeline import messages
from pipeline.adapters.database.rows import enqueue, locked_inbox, locked_video, steps_of
from pipeline.adapters.database.steps import rows_of_step
from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.errors import DeadLetterMissing, MalformedEvent
from pipeline.events import Envelope
from pipeline.ledger import DeadLetter
from pipeline.ports import Message
from pipeline.stage import Stage, step_of
from pipeline.video import StepState, Video, VideoStatus


class DeadRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]

    async def dead(self, stage: str | None = None, video_id: str | None = None) -> Sequence[DeadLetter]:
        def work(session: Session, _now: datetime) -> list[DeadLetter]:
            statement = select(InboxRow, EventRow).join(EventRow, _letter_of())
            statement = statement.where(InboxRow.state == "dead")
            if stage is not None:
                statement = statement.where(InboxRow.stage == stage)
            if video_id is not None:
                statement = statement.where(InboxRow.video_id == video_id)
            rows = session.exec(statement.order_by(col(InboxRow.finished_at), col(EventRow.seq)))
            return [_letter(row, letter) for row, letter in rows]

        return await self._transactions.read(work)

    async def dead_ids(self, stage: str) -> frozenset[str]:
        def work(session: Session, _now: datetime) -> frozenset[str]:
            dead = select(InboxRow.event_id).where(InboxRow.state == "dead", InboxRow.stage == stage)
            return frozenset(session.exec(dead))

        return await self._transactions.read(work)

    async def replay(self, stage: str, event_id: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            found = session.get(InboxRow, (stage, event_id))
            video = locked_video(session, found.video_id) if found and found.video_id else None
            row = locked_inbox(session, stage, event_id)  # only now: whoever locks a video does it first
            if row is None or row.state not in {"dead", "replayed"}:
                raise DeadLetterMissing
            if row.state == "replayed":
                return []
            return replay_letter(session, video, row, self._stages, now)

        return await self._transactions.write(work)


def replay_letter(
    session: Session, video: Video | None, row: InboxRow, stages: Sequence[Stage], now: datetime
) -> list[Message]:
    """The dead event for its stage's queue again; a video that failed with it is `processing` again."""
    letter = _message_row(session, row)
    row.state = "replayed"
    if video is not None:
        _revive(session, video, step_of(stages, row.stage), stages, now)
    return enqueue(session, [_again(row, letter)], now)


def _revive(session: Session, video: Video, name: str, stages: Sequence[Stage], now: datetime) -> None:
    """The step goes on once none of its events is dead, the video once none of its steps is failed."""
    dead, running = [rows_of_step(session, video, name, stages, state) for state in ("dead", "running")]
    steps = steps_of(session, video)
    for step in steps:
        if step.stage == name and step.state == StepState.FAILED and not dead:
            step.move(StepState.RUNNING if running else StepState.WAITING)
            step.error = step.finished_at = None
    broken = any(step.required and step.state == StepState.FAILED for step in steps)
    if video.status == VideoStatus.FAILED and not broken:
        video.move(VideoStatus.PROCESSING)
        video.error, video.updated_at = None, now


def _again(row: InboxRow, letter: EventRow) -> Message:
    try:
        return messages.replay(row.stage, Envelope.decode(letter.body), times=1)
    except MalformedEvent:
        return messages.replay_unread(row.stage, row.event_id, letter.body)


def _message_row(session: Session, row: InboxRow) -> EventRow:
    its_own = (col(InboxRow.stage) == row.stage) & (col(InboxRow.event_id) == row.event_id)
    return session.exec(select(EventRow).join(InboxRow, _letter_of()).where(its_own)).one()


def _letter_of() -> ColumnElement[bool]:
    """The dead letter of an inbox row: that of an event, or of something that is none."""
    either = (col(EventRow.event_id) == col(InboxRow.event_id)) | (col(EventRow.id) == col(InboxRow.event_id))
    return (col(EventRow.kind) == "dead") & (col(EventRow.stage) == col(InboxRow.stage)) & either


def _letter(row: InboxRow, letter: EventRow) -> DeadLetter:
    failure: dict[str, Any] = row.failure or {}
    return DeadLetter(
        stage=row.stage,
        event_id=row.event_id,
        type=row.type or "unknown",
        video_id=row.video_id,
        code=failure.get("code", "internal"),
        message=failure.get("message", ""),
        hint=failure.get("hint", ""),
        reason=row.reason or "",
        attempts=row.failures,
        crashes=row.crashes,
        died_at=row.finished_at or letter.created_at,
        body=letter.body,
        headers=letter.headers,
    )
