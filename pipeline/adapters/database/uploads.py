"""Uploads in the database: begun, seen alive, accepted together with their first event, or forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from pipeline import messages
from pipeline.adapters.database.rows import enqueue, living_video, locked_video
from pipeline.adapters.database.steps import planned_steps
from pipeline.adapters.database.tables import ACCEPTED, DirectRow, PartRow, UploadRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.errors import KeyReused, UploadInProgress, VideoMissing
from pipeline.events import VideoUploaded, first_envelope
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.tracing import trace_id
from pipeline.uploading import Begun, NewUpload
from pipeline.video import Video, VideoStatus


class UploadRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]
    _abandoned_after: timedelta

    async def begin(self, new: NewUpload) -> Begun:
        return await self._transactions.write(lambda session, now: self._begin(session, now, new))

    async def started(self, video_id: str, upload_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            video = _uploading(session, video_id)
            video.upload_id, video.upload_seen_at = upload_id, now

        await self._transactions.write(work)

    async def describe(self, video_id: str, *, title: str | None, notify_url: str | None) -> None:
        def work(session: Session, now: datetime) -> None:
            video = _uploading(session, video_id)
            video.title, video.notify_url = title, notify_url
            video.touch(now)

        await self._transactions.write(work)

    async def seen(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            _uploading(session, video_id).upload_seen_at = now

        await self._transactions.write(work)

    async def accept(self, video_id: str, size: int, traceparent: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            video = _uploading(session, video_id)
            video.move(VideoStatus.PROCESSING)
            video.size, video.trace_id, video.updated_at = size, trace_id(traceparent), now
            video.upload_id = video.upload_seen_at = None
            _all_has_come(session, video_id, size)
            session.exec(delete(DirectRow).where(col(DirectRow.video_id) == video_id))
            session.add_all(planned_steps(video, self._stages))
            return enqueue(session, [uploaded(video, traceparent, self._stages)], now)

        return await self._transactions.write(work)

    async def discard(self, video_id: str) -> None:
        def work(session: Session, _now: datetime) -> None:
            video = locked_video(session, video_id)
            if video is not None and video.status == VideoStatus.UPLOADING:
                forgotten = select(UploadRow.id).where(UploadRow.video_id == video_id)
                session.exec(delete(PartRow).where(col(PartRow.upload_id).in_(forgotten)))
                session.exec(delete(DirectRow).where(col(DirectRow.video_id) == video_id))
                session.delete(video)

        await self._transactions.write(work)

    def _begin(self, session: Session, now: datetime, new: NewUpload) -> Begun:
        earlier = _with_key(session, new.idempotency_key)
        if earlier is not None and earlier.deleted_at is not None:
            earlier.idempotency_key = None  # it had kept it, to have it still if it was restored
            session.flush()
        elif earlier is not None:
            if earlier.fingerprint != new.fingerprint:
                raise KeyReused
            if earlier.status != VideoStatus.UPLOADING:
                return Begun(earlier, repeated=True)
            if earlier.upload_seen_at and earlier.upload_seen_at > now - self._abandoned_after:
                raise UploadInProgress
            # Broken off: this request goes on, that one can no longer be accepted, the sweep clears it away.
            earlier.idempotency_key, earlier.deleted_at = None, now
            session.flush()
        video = new_video(new, now)
        session.add(video)
        session.flush()
        return Begun(video, repeated=False)


def uploaded(video: Video, traceparent: str, stages: Sequence[Stage]) -> Message:
    """The first event of the video's run."""
    event = VideoUploaded(
        source=video.source,
        filename=video.filename,
        size=video.size or 0,
        content_type=video.content_type,
    )
    envelope = first_envelope(
        event, source="/reelmill/upload", video_id=video.id, run=video.run, traceparent=traceparent
    )
    return messages.event(envelope, stage=None, consumed=messages.consumed_topics(stages))


def _all_has_come(session: Session, video_id: str, size: int) -> None:
    """Of an upload that went on over many requests. The video's row is locked."""
    row = session.exec(select(UploadRow).where(UploadRow.video_id == video_id).with_for_update()).first()
    if row is None:
        return
    row.over, row.offset, row.length, row.held_until = ACCEPTED, size, size, None
    row.tail_key, row.tail_size = None, 0
    session.exec(delete(PartRow).where(col(PartRow.upload_id) == row.id))


def new_video(new: NewUpload, now: datetime, *, video_id: str | None = None) -> Video:
    video = Video(
        id=video_id or str(uuid4()),
        filename=new.filename,
        content_type=new.content_type,
        title=new.title,
        notify_url=new.notify_url,
        idempotency_key=new.idempotency_key,
        fingerprint=new.fingerprint,
        source="",
        upload_seen_at=now,
        created_at=now,
        updated_at=now,
    )
    video.source = f"{video.id}/source"
    return video


def _with_key(session: Session, key: str | None) -> Video | None:
    if key is None:
        return None
    return session.exec(select(Video).where(col(Video.idempotency_key) == key).with_for_update()).first()


def _uploading(session: Session, video_id: str) -> Video:
    """Raises VideoMissing when the upload was given up or deleted meanwhile."""
    video = living_video(session, video_id, lock=True)
    if video.status != VideoStatus.UPLOADING:
        raise VideoMissing("Its upload is over.")
    return video
