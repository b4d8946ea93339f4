"""What the sweep asks: uploads given up, outputs that lost, events that nobody took up, rows too old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, or_, select

from pipeline import messages
from pipeline.adapters.database.rows import held, locked_video, worked_on
from pipeline.adapters.database.tables import (
    EXPIRED,
    ChunkRow,
    DirectRow,
    EventRow,
    InboxRow,
    LinkRow,
    PlanRow,
    UploadRow,
)
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.unfinished import lost_before, unfinished
from pipeline.ledger import Settled
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.video import Step, Video, VideoStatus

_WAKE = 100
"""Stuck events of one stage that are woken in one go."""
_LATE, _TOO_LATE = timedelta(minutes=10), timedelta(days=1)
"""After so long it is looked once more for outputs that lost: a worker that was stopped past its lease may
have written some as it woke up, and died before it cleared them away. Not for ever: each costs a listing."""
_AT_REST = (VideoStatus.READY, VideoStatus.FAILED, VideoStatus.CANCELLED)


class SweepingRows:
    _transactions: Transactions

    async def abandoned_uploads(self, silence: timedelta) -> Sequence[Video]:
        def work(session: Session, now: datetime) -> Sequence[Video]:
            over = or_(col(Video.upload_seen_at) <= now - silence, _expired(now), _expired_directly(now))
            statement = select(Video).where(Video.status == VideoStatus.UPLOADING, over)
            found = {video.id: video for video in session.exec(statement.with_for_update())}
            uploads = session.exec(
                select(UploadRow).where(col(UploadRow.video_id).in_(found)).with_for_update()
            ).all()
            # Asked again now that nobody can take an upload: somebody may have, or have gone on with it.
            still = set(session.exec(select(Video.id).where(col(Video.id).in_(found), over)))
            for video_id in still:
                video = found[video_id]
                video.deleted_at, video.idempotency_key = video.deleted_at or now, None
            for upload in uploads:
                if upload.video_id in still:
                    upload.over = upload.over or EXPIRED
            return [video for video_id, video in found.items() if video_id in still]

        return await self._transactions.write(work)

    async def settled(self) -> Sequence[Settled]:
        def work(session: Session, now: datetime) -> list[Settled]:
            # Of one that was cancelled nobody can commit any more, whose lease may have run out unseen.
            free = ~held() | ((col(Video.status) == VideoStatus.CANCELLED) & ~worked_on(now))
            at_rest_since = col(Video.updated_at)
            once = (at_rest_since <= now - _LATE) & (at_rest_since > now - _TOO_LATE)
            once_more = once & (col(Video.swept_at) == at_rest_since)
            unswept = or_(col(Video.swept_at).is_(None), col(Video.swept_at) < at_rest_since, once_more)
            statement = select(Video).where(col(Video.status).in_(_AT_REST), unswept, free)
            videos = session.exec(statement.where(col(Video.deleted_at).is_(None))).all()
            return [Settled(video.id, _kept(session, video), video.updated_at) for video in videos]

        return await self._transactions.read(work)

    async def swept(self, settled: Settled) -> None:
        def work(session: Session, _now: datetime) -> None:
            video = locked_video(session, settled.video_id)
            if video is not None:
                again = video.swept_at == settled.updated_at
                video.swept_at = settled.updated_at + (_LATE if again else timedelta(0))

        await self._transactions.write(work)

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
            pruned_of_none = _prune_unread(session, now - older_than)
            session.exec(delete(Video).where(col(Video.purged_at) < now - older_than))
            for row in (UploadRow, LinkRow):
                session.exec(delete(row).where(col(row.expires_at) < now - older_than))
            return int(pruned.rowcount) + pruned_of_none

        return await self._transactions.write(work)


def _prune_unread(session: Session, before: datetime) -> int:
    """What was no event, and so is no video's, once it was replayed or dropped; and its replays."""
    over = (col(InboxRow.video_id).is_(None)) & (InboxRow.state != "dead")
    letters = select(InboxRow.event_id).where(over, col(InboxRow.finished_at) < before)
    sent = col(EventRow.kind).in_(("replay", "drop")) & (col(EventRow.created_at) < before)
    of_none = (col(EventRow.video_id).is_(None), col(EventRow.published_at).is_not(None))
    pruned = session.exec(delete(EventRow).where(*of_none, or_(col(EventRow.id).in_(letters), sent)))
    session.exec(delete(InboxRow).where(over, col(InboxRow.finished_at) < before))
    return int(pruned.rowcount)


def _expired(now: datetime) -> ColumnElement[bool]:
    """Whether the video is of an upload over many requests that nobody holds and nobody can go on with."""
    free = or_(col(UploadRow.held_until).is_(None), col(UploadRow.held_until) <= now)
    due = or_(col(UploadRow.expires_at) <= now, col(UploadRow.over).is_not(None))
    its_own = select(UploadRow.id).where(UploadRow.video_id == Video.id, free)
    return its_own.where(or_(due, col(Video.deleted_at).is_not(None))).exists()


def _expired_directly(now: datetime) -> ColumnElement[bool]:
    due = or_(col(DirectRow.expires_at) <= now, col(Video.deleted_at).is_not(None))
    return select(DirectRow.video_id).where(DirectRow.video_id == Video.id, due).exists()


def _kept(session: Session, video: Video) -> frozenset[str]:
    """The output prefixes that count: one fence for each step that is done, and what the chunks made. Of a
    run before the one that counts only what is still shown."""
    of_steps = select(Step).where(Step.video_id == video.id, Step.run == video.run)
    steps = session.exec(of_steps.where(col(Step.fence).is_not(None))).all()
    kept = {f"{video.id}/{step.run}/{step.stage}/{step.fence}/" for step in steps} | _shown(video)
    done = {step.stage for step in steps}
    runs = {video.run, video.run_of(video.playback.get("hls"))}
    plans = select(PlanRow).where(PlanRow.video_id == video.id, col(PlanRow.run).in_(runs))
    for plan in session.exec(plans):
        if plan.run != video.run or plan.step in done or video.status != VideoStatus.CANCELLED:
            kept |= _of_chunks(session, plan, told=video.status != VideoStatus.READY)
        if video.status == VideoStatus.FAILED:  # a chunk that is tried again reads what lies beside the plan
            kept.add(f"{video.id}/{plan.run}/{plan.step}/{plan.fence}/")
    return frozenset(kept)


def _shown(video: Video) -> set[str]:
    """`<video>/<run>/<step>/<fence>/` of every key that its playback names."""
    shown = [*video.playback.values(), *video.playback.get("posters", {}).values()]
    keys = [key.split("/") for key in shown if video.run_of(key)]
    return {"/".join(parts[:4]) + "/" for parts in keys if len(parts) > 4}


def _of_chunks(session: Session, plan: PlanRow, *, told: bool) -> set[str]:
    """Also what is told of one that is not done: somebody may be watching it. With `told`, also what was told
    before a second attempt: a video that failed grows on from there when it is tried again."""
    its_own = select(ChunkRow.prefix, ChunkRow.told)
    rows = session.exec(its_own.where(ChunkRow.video_id == plan.video_id, ChunkRow.run == plan.run)).all()
    kept = {prefix for prefix, _ in rows if prefix is not None}
    return kept | {one["prefix"] for _, earlier in rows for one in earlier if told}


def _stuck(session: Session, stage: Stage, now: datetime, silence: timedelta) -> list[Message]:
    window = int(now.timestamp() // silence.total_seconds())
    return [
        messages.again(stage.name, event, window=f"{fence}:{window}")
        for event, fence in islice(unfinished(session, stage, lost_before(now - silence)), _WAKE)
    ]
