"""Videos as people see and command them: one, a page of them, a timeline; rename, cancel, retry, restart."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Update
from sqlmodel import Session, col, func, not_, or_, select, update

from pipeline.adapters.database.letters import drop_letters, lock_letters, replay_letters
from pipeline.adapters.database.paging import decode, page_of
from pipeline.adapters.database.rows import data_of, enqueue, living_video, steps_of
from pipeline.adapters.database.steps import planned_steps
from pipeline.adapters.database.tables import ChunkRow, EventRow, InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.adapters.database.uploads import uploaded
from pipeline.chunks import DONE, OF_ONE, REQUESTED
from pipeline.errors import IllegalTransition
from pipeline.ledger import EVERYTHING, ChunkCount, Page, Sought, TimelineEntry
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.tracing import trace_id
from pipeline.video import Step, StepState, Video, VideoStatus

_PLAIN = ("event", "again")
"""Kinds that tell what happened; the others tell of trouble, and are never left out."""


class LibraryRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]

    async def video(self, video_id: str) -> tuple[Video, Sequence[Step]]:
        def work(session: Session, _now: datetime) -> tuple[Video, Sequence[Step]]:
            video = living_video(session, video_id)
            return video, steps_of(session, video)

        return await self._transactions.read(work)

    async def page(self, limit: int, cursor: str | None, sought: Sought = EVERYTHING) -> Page:
        before = decode(cursor) if cursor else None
        return await self._transactions.read(lambda session, _now: page_of(session, limit, before, sought))

    async def timeline(self, video_id: str, *, chunks: bool = True) -> Sequence[TimelineEntry]:
        def work(session: Session, _now: datetime) -> list[TimelineEntry]:
            living_video(session, video_id)
            rows = select(EventRow).where(EventRow.video_id == video_id).order_by(col(EventRow.seq))
            return [_entry(row) for row in session.exec(rows if chunks else rows.where(_not_of_a_chunk()))]

        return await self._transactions.read(work)

    async def chunk_count(self, video_id: str) -> ChunkCount:
        def work(session: Session, _now: datetime) -> ChunkCount:
            video = living_video(session, video_id)
            states = select(ChunkRow.state, func.count()).where(
                ChunkRow.video_id == video.id, ChunkRow.run == video.run
            )
            count = dict(session.exec(states.group_by(ChunkRow.state)).all())
            done = count.get(DONE, 0)
            return ChunkCount(done + count.get(REQUESTED, 0), done)

        return await self._transactions.read(work)

    async def cancel(self, video_id: str) -> None:
        def work(session: Session, now: datetime) -> None:
            video = living_video(session, video_id, lock=True)
            if video.status == VideoStatus.CANCELLED:
                return
            video.move(VideoStatus.CANCELLED)
            video.touch(now)
            for step in steps_of(session, video):
                if step.state != StepState.DONE:
                    step.move(StepState.CANCELLED)
                    step.finished_at = now

        await self._transactions.write(work)

    async def rename(self, video_id: str, title: str | None) -> None:
        def work(session: Session, now: datetime) -> None:
            video = living_video(session, video_id, lock=True)
            if video.title != title:
                video.title = title
                video.touch(now)

        await self._transactions.write(work)

    async def retry(self, video_id: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            video = living_video(session, video_id, lock=True)
            if video.status != VideoStatus.FAILED:
                raise IllegalTransition(
                    f"Only a failed video can be tried again; this one is {video.status}."
                )
            # Of a side branch none goes: a notice would tell of what is over.
            required = {step.stage for step in steps_of(session, video) if step.required}
            stages = {stage.name for stage in self._stages if stage.step in required} | required
            its_own = (col(InboxRow.video_id) == video_id) & (col(InboxRow.run) == video.run)
            letters = lock_letters(session, its_own & col(InboxRow.stage).in_(stages))
            if not letters:
                raise IllegalTransition("What it failed with was dropped: restart it from its source.")
            return replay_letters(session, letters, self._stages, now)

        return await self._transactions.write(work)

    async def restart(self, video_id: str, traceparent: str) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> list[Message]:
            video = living_video(session, video_id, lock=True)
            drop_letters(session, lock_letters(session, col(InboxRow.video_id) == video_id), now)
            session.exec(_ended(video_id))
            video.start_over()
            video.trace_id = trace_id(traceparent)
            video.touch(now)
            session.add_all(planned_steps(video, self._stages))
            return enqueue(session, [uploaded(video, traceparent, self._stages)], now)

        return await self._transactions.write(work)


def _ended(video_id: str) -> Update:
    """Jobs of a run that is over: whoever works on one hears of it, and nobody waits for one that died."""
    open_still = col(InboxRow.state).in_(("running", "waiting"))
    its_own = update(InboxRow).where(col(InboxRow.video_id) == video_id, open_still)
    return its_own.values(state="dropped", lease_until=None, next_attempt_at=None)


def _not_of_a_chunk() -> ColumnElement[bool]:
    """Trouble with one is told like any other."""
    told = or_(*(col(EventRow.type).startswith(f"{event.topic}.v", autoescape=True) for event in OF_ONE))
    return or_(col(EventRow.type).is_(None), col(EventRow.kind).not_in(_PLAIN), not_(told))


def _entry(row: EventRow) -> TimelineEntry:
    topic, _, version = (row.type or "unknown.v0").rpartition(".v")
    return TimelineEntry(
        id=row.id,
        event_id=row.event_id or row.id,
        kind=row.kind,
        type=topic,
        version=int(version),
        run=row.run or 0,
        stage=row.stage,
        time=row.created_at,
        published_at=row.published_at,
        data=data_of(row),
        note=dict(row.headers),
    )
