"""What changed of the videos, found where it was written anyway: no job writes anything for this."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import CompoundSelect, bindparam, union
from sqlmodel import Session, SQLModel, col, func, select

from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.changes import Changed
from pipeline.video import Step, Video

_LATE = timedelta(seconds=10)
"""How long a transaction may take from reading its clock to its commit, and still be found."""


_VIDEO = SQLModel.metadata.tables["video"]


def _since() -> CompoundSelect[tuple[str]]:
    moment = bindparam("moment", type_=_VIDEO.c.created_at.type)
    # From the newest row backwards; a number would be no mark, for SQLite gives those of purged rows again.
    before = (
        select(EventRow.seq)
        .where(col(EventRow.created_at) < moment)
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    )
    told = select(EventRow.video_id).where(
        col(EventRow.seq) > func.coalesce(before.scalar_subquery(), 0), col(EventRow.video_id).is_not(None)
    )
    at_work = select(InboxRow.video_id).where(
        InboxRow.state == "running", col(InboxRow.lease_until) > moment, col(InboxRow.video_id).is_not(None)
    )
    moments = (col(Video.created_at), col(Video.deleted_at), col(Video.touched_at))
    return union(told, at_work, *(select(Video.id).where(each > moment) for each in moments))


_SINCE = _since()
"""What left a runner has a row in `event`; whose step moves without one has a job that is running; the rest
are commands, and each leaves its moment in the video's row. All five are read by an index."""


class ChangeRows:
    _transactions: Transactions

    async def changed(self, since: datetime | None) -> Changed:
        def work(session: Session, now: datetime) -> Changed:
            rows = session.connection().execute(_SINCE, {"moment": (since or now) - _LATE})
            return Changed(frozenset(str(row[0]) for row in rows), now)

        return await self._transactions.read(work)

    async def videos(self, ids: Collection[str]) -> Sequence[tuple[Video, Sequence[Step]]]:
        def work(session: Session, _now: datetime) -> list[tuple[Video, Sequence[Step]]]:
            living = select(Video).where(col(Video.id).in_(ids), col(Video.deleted_at).is_(None))
            found = {video.id: (video, list[Step]()) for video in session.exec(living)}
            current = (col(Video.id) == col(Step.video_id)) & (col(Video.run) == col(Step.run))
            steps = select(Step).join(Video, current).where(col(Step.video_id).in_(found))
            for step in session.exec(steps.order_by(col(Step.position))):
                found[step.video_id][1].append(step)
            return list(found.values())

        return await self._transactions.read(work)
