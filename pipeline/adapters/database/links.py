"""Upload links in the database: made by a backend, used once."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from pipeline.adapters.database.resumable import added, shown
from pipeline.adapters.database.tables import LinkRow, UploadRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.uploads import new_video
from pipeline.errors import LinkMissing, LinkOver, LinkTaken
from pipeline.linking import LinkTerms, UploadLink
from pipeline.uploading import NewUpload, Resumable


class LinkRows:
    _transactions: Transactions

    async def make_link(self, secret_hash: str, terms: LinkTerms, lifetime: timedelta) -> UploadLink:
        def work(session: Session, now: datetime) -> UploadLink:
            row = LinkRow(
                secret_hash=secret_hash, video_id=str(uuid4()), expires_at=now + lifetime, **vars(terms)
            )
            session.add(row)
            return _link(row)

        return await self._transactions.write(work)

    async def link(self, secret_hash: str) -> UploadLink:
        def work(session: Session, _now: datetime) -> UploadLink:
            return _link(_known(session.get(LinkRow, secret_hash)))

        return await self._transactions.read(work)

    async def open_by_link(
        self,
        secret_hash: str,
        new: NewUpload,
        *,
        length: int,
        part_bytes: int,
        said: str,
        lifetime: timedelta,
    ) -> Resumable:
        def work(session: Session, now: datetime) -> Resumable:
            link = _known(session.get(LinkRow, secret_hash, with_for_update=True))
            if link.upload_id is not None:
                return shown(session, _still_open(session, link.upload_id, length))
            if link.expires_at <= now:
                raise LinkOver("Its time is up.")
            video = new_video(new, now, video_id=link.video_id)
            upload = added(session, video, now + lifetime, length=length, part_bytes=part_bytes, said=said)
            link.upload_id = upload.id
            return shown(session, upload)

        return await self._transactions.write(work)

    async def is_linked_from(self, origin: str) -> bool:
        def work(session: Session, _now: datetime) -> bool:
            named = select(LinkRow.video_id).where(col(LinkRow.origin) == origin)
            return session.exec(named.limit(1)).first() is not None

        return await self._transactions.read(work)


def _known(row: LinkRow | None) -> LinkRow:
    if row is None:
        raise LinkMissing
    return row


def _still_open(session: Session, upload_id: str, length: int) -> UploadRow:
    """Raises LinkOver or LinkTaken."""
    upload = session.get(UploadRow, upload_id)
    if upload is None or upload.over is not None:
        raise LinkOver("Its upload has ended.")
    if upload.length != length:
        raise LinkTaken
    return upload


def _link(row: LinkRow) -> UploadLink:
    terms = LinkTerms(
        max_bytes=row.max_bytes,
        filename=row.filename,
        title=row.title,
        notify_url=row.notify_url,
        origin=row.origin,
    )
    return UploadLink(terms, row.video_id, row.expires_at)
