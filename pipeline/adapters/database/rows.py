"""Reading and writing single rows, as every part of the ledger needs it."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, and_, col, select

from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.errors import VideoMissing
from pipeline.ports import Message
from pipeline.video import Step, Video

_ADD = {
    sql.dialect.name: sql.insert(EventRow)
    .on_conflict_do_nothing(index_elements=["id"])
    .returning(col(EventRow.id))
    for sql in (postgresql, sqlite)
}
"""Without the mapper: every job adds a row or more."""


def locked_video(session: Session, video_id: str) -> Video | None:
    """Whoever writes about a video locks its row first: one order of locks, hence no deadlock."""
    return session.get(Video, video_id, with_for_update=True, populate_existing=True)


def living_video(session: Session, video_id: str, *, lock: bool = False) -> Video:
    """Raises VideoMissing, also for a deleted one."""
    if "\0" in video_id:  # PostgreSQL takes no such text, not even to compare it
        raise VideoMissing
    video = locked_video(session, video_id) if lock else session.get(Video, video_id)
    if video is None or video.deleted_at is not None:
        raise VideoMissing
    return video


def steps_of(session: Session, video: Video) -> Sequence[Step]:
    statement = select(Step).where(Step.video_id == video.id, Step.run == video.run)
    return session.exec(statement.order_by(col(Step.position))).all()


def locked_inbox(session: Session, stage: str, event_id: str) -> InboxRow | None:
    return session.get(InboxRow, (stage, event_id), with_for_update=True, populate_existing=True)


def worked_on(now: datetime) -> ColumnElement[bool]:
    """Whether somebody holds a live lease on the video."""
    return held(col(InboxRow.lease_until) > now)


def held(*and_also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a job of the video is running, or was when its worker was last seen."""
    its_own = and_(col(InboxRow.video_id) == Video.id, col(InboxRow.state) == "running", *and_also)
    return select(InboxRow.event_id).where(its_own).exists()


def enqueue(session: Session, messages: Sequence[Message], now: datetime) -> list[Message]:
    """Adds to the outbox those whose id is not there yet, and returns them."""
    connection = session.connection()
    add = _ADD[connection.dialect.name]
    # One by one and in order: the sequence numbers are the order of the timeline.
    return [message for message in messages if connection.execute(add, _row(message, now)).first()]


def message_of(row: EventRow) -> Message:
    return Message(
        id=row.id,
        kind=row.kind,
        exchange=row.exchange,
        routing_key=row.routing_key,
        body=row.body,
        headers=row.headers,
        mandatory=row.mandatory,
        video_id=row.video_id,
        run=row.run,
        event_id=row.event_id,
        type=row.type,
        stage=row.stage,
    )


def messages_of(rows: Iterable[EventRow]) -> list[Message]:
    return [message_of(row) for row in rows]


def unpublished(session: Session, video_id: str, stage: str) -> list[Message]:
    """What a stage's jobs on a video have told and nobody has published yet."""
    its_own = select(EventRow).where(EventRow.video_id == video_id, EventRow.stage == stage)
    rows = session.exec(its_own.where(col(EventRow.published_at).is_(None)).order_by(col(EventRow.seq)))
    return messages_of(rows)


def data_of(row: EventRow) -> dict[str, object]:
    """The event's data, or nothing for a message that is no event."""
    try:
        data = json.loads(row.body)["data"]
    except (ValueError, KeyError, TypeError):
        return {}
    return data if isinstance(data, dict) else {}


def _row(message: Message, now: datetime) -> dict[str, object]:
    return {
        "id": message.id,
        "event_id": message.event_id,
        "kind": message.kind,
        "type": message.type,
        "video_id": message.video_id,
        "run": message.run,
        "stage": message.stage,
        "exchange": message.exchange,
        "routing_key": message.routing_key,
        "mandatory": message.mandatory,
        "headers": dict(message.headers),
        "body": message.body,
        "created_at": now,
    }
