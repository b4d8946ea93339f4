"""Uploads straight to the store, in the database: announced, and forgotten once accepted or given up."""

from datetime import datetime, timedelta

from sqlmodel import Session

from pipeline.adapters.database.rows import locked_video
from pipeline.adapters.database.tables import DirectRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.uploads import new_video
from pipeline.direct import DirectUpload
from pipeline.errors import DirectUploadMissing
from pipeline.uploading import NewUpload
from pipeline.video import Video, VideoStatus


class DirectRows:
    _transactions: Transactions

    async def reserve(self, new: NewUpload, *, size: int, part_bytes: int, lifetime: timedelta) -> str:
        def work(session: Session, now: datetime) -> str:
            video = new_video(new, now)
            video.size, video.upload_seen_at = size, None  # we see no byte of it: it expires instead
            row = DirectRow(video_id=video.id, size=size, part_bytes=part_bytes, expires_at=now + lifetime)
            session.add_all([video, row])
            session.flush()
            return video.id

        return await self._transactions.write(work)

    async def open_direct(self, video_id: str, multipart: str) -> DirectUpload:
        def work(session: Session, now: datetime) -> DirectUpload:
            video = locked_video(session, video_id)
            if video is not None:
                video.upload_id = multipart
            return _open(session, video, now)

        return await self._transactions.write(work)

    async def direct(self, video_id: str) -> DirectUpload:
        def work(session: Session, now: datetime) -> DirectUpload:
            return _open(session, session.get(Video, video_id), now)

        return await self._transactions.read(work)

    async def end_direct(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            video = locked_video(session, video_id)
            _open(session, video, now)
            if video is not None:
                video.deleted_at = video.updated_at = now

        await self._transactions.write(work)


def _open(session: Session, video: Video | None, now: datetime) -> DirectUpload:
    """Raises DirectUploadMissing."""
    row = session.get(DirectRow, video.id) if video else None
    if video is None or row is None or video.status != VideoStatus.UPLOADING:
        raise DirectUploadMissing
    if video.deleted_at is not None or row.expires_at <= now:
        raise DirectUploadMissing
    return DirectUpload(
        video_id=video.id,
        source=video.source,
        multipart=video.upload_id or "",
        size=row.size,
        part_bytes=row.part_bytes,
        expires_at=row.expires_at,
    )
