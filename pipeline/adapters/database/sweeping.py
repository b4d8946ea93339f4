"""What the sweep asks: uploads given up, videos to purge, outputs that lost, events that nobody took up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlmodel import Session, col, delete, or_, select

from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.events import Envelope, derived_id
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.topology import work_queue
from pipeline.video import Step, Video, VideoStatus

_REPURGE = timedelta(hours=1)
"""A worker that woke up after its lease may still write below a deleted video for so long."""
_WAKE = 100
"""Stuck events of one stage that are woken in one go."""
_AT_REST = (VideoStatus.READY, VideoStatus.FAILED, VideoStatus.CANCELLED)


class SweepingRows:
    _transactions: Transactions

    async def abandoned_uploads(self, silence: timedelta) -> Sequence[Video]:
        def work(session: Session, now: datetime) -> Sequence[Video]:
            quiet = col(Video.upload_seen_at) <= now - silence
            statement = select(Video).where(Video.status == VideoStatus.UPLOADING, quiet)
            videos = session.exec(statement.with_for_update()).all()
            for video in videos:
                video.deleted_at, video.idempotency_key = video.deleted_at or now, None
            return videos

        return await self._transactions.write(work)

    async def purgeable(self) -> Sequence[str]:
        def work(session: Session, now: datetime) -> Sequence[str]:
            due = or_(col(Video.purged_at).is_(None), col(Video.deleted_at) > now - _REPURGE)
            statement = select(Video.id).where(col(Video.deleted_at).is_not(None), due, ~_worked_on(now))
            # One that was deleted while it was uploaded goes the way of an abandoned upload.
            return session.exec(statement.where(Video.status != VideoStatus.UPLOADING)).all()

        return await self._transactions.read(work)

    async def purged(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            session.exec(delete(Step).where(col(Step.video_id) == video_id))
            session.exec(delete(EventRow).where(col(EventRow.video_id) == video_id))
            session.exec(delete(InboxRow).where(col(InboxRow.video_id) == video_id))
            video = session.get(Video, video_id)
            if video is not None:
                video.purged_at = now

        await self._transactions.write(work)

    async def settled(self, since: timedelta) -> Sequence[tuple[str, frozenset[str]]]:
        def work(session: Session, now: datetime) -> list[tuple[str, frozenset[str]]]:
            recent = col(Video.updated_at) > now - since
            statement = select(Video).where(col(Video.status).in_(_AT_REST), recent, ~_worked_on(now))
            videos = session.exec(statement.where(col(Video.deleted_at).is_(None))).all()
            return [(video.id, _kept(session, video)) for video in videos]

        return await self._transactions.read(work)

    async def stuck(self, stages: Sequence[Stage], silence: timedelta) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            return [message for stage in stages for message in _stuck(session, stage, now, silence)]

        return await self._transactions.read(work)

    async def prune(self, older_than: timedelta) -> int:
        def work(session: Session, now: datetime) -> int:
            old = col(Video.updated_at) < now - older_than
            letter = select(InboxRow.event_id).where(InboxRow.video_id == Video.id, InboxRow.state == "dead")
            # Events and inbox rows go together: an event without its inbox row looks as if it were lost.
            at_rest = select(Video.id).where(old, col(Video.status).in_(_AT_REST), ~letter.exists())
            session.exec(delete(InboxRow).where(col(InboxRow.video_id).in_(at_rest)))
            pruned = session.exec(delete(EventRow).where(col(EventRow.video_id).in_(at_rest)))
            session.exec(delete(Video).where(col(Video.purged_at) < now - older_than))
            return int(pruned.rowcount)

        return await self._transactions.write(work)


def _worked_on(now: datetime):  # type: ignore[no-untyped-def]  # an SQL expression, whose type nobody can say
    """Whether somebody holds a live lease on the video."""
    live = (col(InboxRow.state) == "running") & (col(InboxRow.lease_until) > now)
    return select(InboxRow.event_id).where(InboxRow.video_id == Video.id, live).exists()


def _kept(session: Session, video: Video) -> frozenset[str]:
    """The output prefixes that count: one fence for each step that is done."""
    steps = session.exec(select(Step).where(Step.video_id == video.id, col(Step.fence).is_not(None)))
    return frozenset(f"{video.id}/{step.run}/{step.stage}/{step.fence}/" for step in steps)


def _stuck(session: Session, stage: Stage, now: datetime, silence: timedelta) -> list[Message]:
    long_ago = now - silence
    lost = or_(
        col(InboxRow.event_id).is_(None),
        (col(InboxRow.state) == "running") & (col(InboxRow.lease_until) < long_ago),
        (col(InboxRow.state) == "waiting")
        & or_(col(InboxRow.next_attempt_at).is_(None), col(InboxRow.next_attempt_at) < long_ago),
    )
    here = (col(InboxRow.stage) == stage.name) & (col(InboxRow.event_id) == col(EventRow.event_id))
    statement = (
        select(EventRow, InboxRow.fence)
        .join(Video, col(Video.id) == col(EventRow.video_id))
        .join(InboxRow, here, isouter=True)
        .where(_meant_for(stage), col(EventRow.published_at) < long_ago, lost)
        .where(col(EventRow.run) == col(Video.run), col(Video.deleted_at).is_(None))
        .where(Video.status != VideoStatus.CANCELLED)
    )
    found = (
        _again(row, stage, fence or 0, now, silence)
        for row, fence in session.exec(statement)
        if not stage.passes_over(Envelope.decode(row.body))  # it took no inbox row, and is not lost
    )
    return list(islice(found, _WAKE))


def _meant_for(stage: Stage):  # type: ignore[no-untyped-def]  # as above
    topics = [col(EventRow.type).startswith(f"{event.topic}.v") for event in stage.consumes]
    event = (col(EventRow.kind) == "event") & or_(*topics)
    return event | ((col(EventRow.kind) == "replay") & (col(EventRow.stage) == stage.name))


def _again(row: EventRow, stage: Stage, fence: int, now: datetime, silence: timedelta) -> Message:
    """A copy for that stage alone; at most one in `silence`."""
    window = int(now.timestamp() // silence.total_seconds())
    return Message(
        id=derived_id(row.id, stage.name, "again", str(fence), str(window)),
        kind="again",
        exchange="",
        routing_key=work_queue(stage.name),
        body=row.body,
        mandatory=True,
        video_id=row.video_id,
        run=row.run,
        event_id=row.event_id,
        type=row.type,
        stage=stage.name,
    )
