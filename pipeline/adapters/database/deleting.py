"""Deleting: the tombstone, the time in which it can be taken away again, and what is forgotten after that."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select

from pipeline import messages
from pipeline.adapters.database.resumable import end_upload_of
from pipeline.adapters.database.rows import enqueue, living_video, locked_video, worked_on
from pipeline.adapters.database.tables import ChunkRow, EventRow, InboxRow, PlanRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.unfinished import of_video, unfinished
from pipeline.errors import DeletedForGood, VideoMissing
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.video import Step, Video, VideoStatus

_IN_FLIGHT = timedelta(seconds=5)
"""A restore that began just in time has committed by then: only what comes later may be purged."""
_REPURGE = timedelta(hours=1)
"""A worker that woke up after its lease may still write below a deleted video for so long."""


class DeletingRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]
    _undo: timedelta

    async def delete(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            video = living_video(session, video_id, lock=True)
            video.deleted_at = video.updated_at = now
            if video.status == VideoStatus.UPLOADING:
                end_upload_of(session, video)

        await self._transactions.write(work)

    async def restore(self, video_id: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            video = None if "\0" in video_id else locked_video(session, video_id)
            if video is None:
                raise VideoMissing
            if video.deleted_at is None:
                return []
            if video.status == VideoStatus.UPLOADING:
                raise DeletedForGood("It was still being uploaded.")
            if video.purged_at is not None or video.deleted_at + self._undo <= now:
                raise DeletedForGood
            return self._restored(session, video, video.deleted_at, now)

        return await self._transactions.write(work)

    async def purgeable(self) -> Sequence[str]:
        def work(session: Session, now: datetime) -> Sequence[str]:
            for_good = col(Video.deleted_at) <= now - (self._undo and self._undo + _IN_FLIGHT)
            due = or_(col(Video.purged_at).is_(None), col(Video.deleted_at) > now - self._undo - _REPURGE)
            statement = select(Video.id).where(for_good, due, ~worked_on(now))
            # One that was deleted while it was uploaded goes the way of an abandoned upload.
            return session.exec(statement.where(Video.status != VideoStatus.UPLOADING)).all()

        return await self._transactions.read(work)

    async def purged(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            video = locked_video(session, video_id)
            for table in (Step, EventRow, InboxRow, PlanRow, ChunkRow):
                session.exec(delete(table).where(col(table.video_id) == video_id))
            if video is not None:
                video.purged_at, video.idempotency_key = now, None

        await self._transactions.write(work)

    def _restored(self, session: Session, video: Video, deleted_at: datetime, now: datetime) -> list[Message]:
        """Workers dropped its events meanwhile, and let go of its jobs. A copy of one that goes on all the
        same is absorbed."""
        video.deleted_at = None
        video.touch(now)
        session.flush()
        again = [
            messages.again(stage.name, event, window=f"restored {deleted_at.isoformat()}")
            for stage in self._stages
            for event, _ in unfinished(session, stage, of_video(video))
        ]
        return enqueue(session, again, now)
