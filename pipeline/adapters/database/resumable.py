"""Uploads that go on over many requests: who holds one, how far it is, and when it is over."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, func, select

from pipeline.adapters.database.rows import living_video, locked_video
from pipeline.adapters.database.tables import ACCEPTED, ENDED, EXPIRED, PartRow, UploadRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.uploads import new_video
from pipeline.errors import FenceLost, IllegalTransition, UploadMissing, UploadOver
from pipeline.uploading import Advance, NewUpload, Resumable, Tail
from pipeline.video import Video

_WHY = {EXPIRED: "It stood still for too long.", ENDED: "It was cancelled."}


class ResumableRows:
    _transactions: Transactions

    async def open(
        self, new: NewUpload, *, length: int | None, part_bytes: int, said: str, lifetime: timedelta
    ) -> Resumable:
        def work(session: Session, now: datetime) -> Resumable:
            video = new_video(new, now)
            row = added(session, video, now + lifetime, length=length, part_bytes=part_bytes, said=said)
            return shown(session, row)

        return await self._transactions.write(work)

    async def resumable(self, upload_id: str) -> tuple[Resumable, bool]:
        def work(session: Session, now: datetime) -> tuple[Resumable, bool]:
            row = _open(session.get(UploadRow, upload_id))
            return shown(session, row), _is_held(row, now)

        return await self._transactions.read(work)

    async def take(self, upload_id: str, lease: timedelta) -> Resumable | None:
        def work(session: Session, now: datetime) -> Resumable | None:
            row = _open(_locked(session, upload_id))
            if row.over == ACCEPTED:
                return shown(session, row)
            if _is_held(row, now):
                row.wanted = True
                return None
            row.fence += 1
            row.held_until, row.wanted = now + lease, False
            return shown(session, row)

        return await self._transactions.write(work)

    async def keep(self, upload_id: str, fence: int, lease: timedelta) -> bool:
        def work(session: Session, now: datetime) -> bool:
            row = _held(session, upload_id, fence)
            if row.held_until is None:  # let go, and this beat comes late
                raise FenceLost
            row.held_until = now + lease
            return not row.wanted

        return await self._transactions.write(work)

    async def let_go(self, upload_id: str, fence: int) -> None:
        def work(session: Session, _now: datetime) -> None:
            row = _locked(session, upload_id)
            if row is not None and row.fence == fence:
                row.held_until, row.wanted = None, False

        await self._transactions.write(work)

    async def say_length(self, upload_id: str, fence: int, length: int) -> Resumable:
        def work(session: Session, now: datetime) -> Resumable:
            video = _video_of(session, upload_id)
            row = _held(session, upload_id, fence)
            row.length = video.size = length
            video.touch(now)
            return shown(session, row)

        return await self._transactions.write(work)

    async def start_parts(self, upload_id: str, fence: int, multipart: str) -> Resumable:
        def work(session: Session, _now: datetime) -> Resumable:
            video = _video_of(session, upload_id)
            row = _held(session, upload_id, fence)
            video.upload_id = multipart
            return shown(session, row)

        return await self._transactions.write(work)

    async def advance(self, upload_id: str, fence: int, to: Advance, lifetime: timedelta) -> Resumable:
        def work(session: Session, now: datetime) -> Resumable:
            row = _held(session, upload_id, fence)
            for number, etag in enumerate(to.parts, start=_count(session, upload_id) + 1):
                session.add(PartRow(upload_id=upload_id, number=number, etag=etag))
            row.offset, row.expires_at = to.offset, now + lifetime
            row.tail_key, row.tail_size = (to.tail.key, to.tail.size) if to.tail else (None, 0)
            session.flush()
            return shown(session, row)

        return await self._transactions.write(work)

    async def parts(self, upload_id: str) -> Sequence[str]:
        def work(session: Session, _now: datetime) -> Sequence[str]:
            of_it = select(PartRow.etag).where(PartRow.upload_id == upload_id)
            return session.exec(of_it.order_by(col(PartRow.number))).all()

        return await self._transactions.read(work)

    async def start_over(self, upload_id: str, fence: int) -> Resumable:
        def work(session: Session, _now: datetime) -> Resumable:
            video = _video_of(session, upload_id)
            row = _held(session, upload_id, fence)
            session.exec(delete(PartRow).where(col(PartRow.upload_id) == upload_id))
            video.upload_id = row.tail_key = None
            row.offset = row.tail_size = 0
            return shown(session, row)

        return await self._transactions.write(work)

    async def end(self, upload_id: str) -> Resumable:
        def work(session: Session, now: datetime) -> Resumable:
            known = _open(session.get(UploadRow, upload_id))
            video = locked_video(session, known.video_id)
            row = _open(_locked(session, upload_id))
            if row.over == ACCEPTED or video is None:
                raise IllegalTransition("All of it has arrived; delete the video instead.")
            row.over, row.held_until = ENDED, None
            video.deleted_at = video.updated_at = now
            return shown(session, row)

        return await self._transactions.write(work)


def end_upload_of(session: Session, video: Video) -> None:
    """Whoever writes to it learns so with the next beat. The video's row is locked."""
    its_own = select(UploadRow).where(UploadRow.video_id == video.id, col(UploadRow.over).is_(None))
    for row in session.exec(its_own.with_for_update()):
        row.over, row.held_until = ENDED, None


def added(
    session: Session, video: Video, expires_at: datetime, *, length: int | None, part_bytes: int, said: str
) -> UploadRow:
    """The video's row and its upload's."""
    video.size, video.upload_seen_at = length, None  # it may stand still: it expires instead
    row = UploadRow(
        id=secrets.token_urlsafe(24),
        video_id=video.id,
        said=said,
        length=length,
        part_bytes=part_bytes,
        expires_at=expires_at,
    )
    session.add_all([video, row])
    session.flush()
    return row


def _open(row: UploadRow | None) -> UploadRow:
    """Raises UploadMissing or UploadOver."""
    if row is None:
        raise UploadMissing
    if row.over is not None and row.over != ACCEPTED:
        raise UploadOver(_WHY[row.over])
    return row


def _locked(session: Session, upload_id: str) -> UploadRow | None:
    return session.get(UploadRow, upload_id, with_for_update=True, populate_existing=True)


def _held(session: Session, upload_id: str, fence: int) -> UploadRow:
    """Raises FenceLost."""
    row = _open(_locked(session, upload_id))
    if row.over is not None or row.fence != fence:
        raise FenceLost
    return row


def _is_held(row: UploadRow, now: datetime) -> bool:
    return row.held_until is not None and row.held_until > now


def _video_of(session: Session, upload_id: str) -> Video:
    """Locked, and before the upload's row: everybody takes the two in this order."""
    row = _open(session.get(UploadRow, upload_id))
    return living_video(session, row.video_id, lock=True)


def _count(session: Session, upload_id: str) -> int:
    return session.exec(select(func.count()).where(PartRow.upload_id == upload_id)).one()


def shown(session: Session, row: UploadRow) -> Resumable:
    video = session.get(Video, row.video_id)
    return Resumable(
        id=row.id,
        video_id=row.video_id,
        source=video.source if video else "",
        content_type=(video.content_type if video else None) or "application/octet-stream",
        said=row.said,
        length=row.length,
        offset=row.offset,
        part_bytes=row.part_bytes,
        multipart=video.upload_id if video else None,
        parts=_count(session, row.id),
        tail=Tail(row.tail_key, row.tail_size) if row.tail_key else None,
        fence=row.fence,
        expires_at=row.expires_at,
        accepted=row.over == ACCEPTED,
    )
