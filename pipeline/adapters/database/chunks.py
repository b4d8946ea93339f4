"""The chunks of a video in the database: planned, marked, and what follows from that, all of it in the
transaction of the job that told of it. The functions of pipeline/chunks.py decide."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, insert, update

from pipeline.adapters.database.growing import (
    AtWork,
    any_left,
    at_work,
    encoded,
    growth_of,
    head_of,
    of_run,
)
from pipeline.adapters.database.releasing import release
from pipeline.adapters.database.tables import ChunkRow, PlanRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.chunks import (
    DONE,
    PLANNED,
    REQUESTED,
    Growth,
    awaits_head,
    playable,
    request,
    room,
)
from pipeline.claims import Claim
from pipeline.errors import HandlerBroken, MalformedEvent, UnsupportedEvent, VideoMissing
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    Envelope,
    Event,
    Made,
    VideoPlanned,
    VideoPlayable,
    derived_id,
    next_envelope,
)
from pipeline.projection import project
from pipeline.video import Step, StepState, Video

_ENCODING = 0.97
"""How far a step is when every chunk is done: what is left is to write the playlists."""


class ChunkRows:
    _transactions: Transactions

    async def growth(self, video_id: str, *, of: str | None = None) -> Growth | None:
        def work(session: Session, _now: datetime) -> Growth | None:
            video = session.get(Video, video_id)
            if video is None:
                raise VideoMissing
            plan = session.get(PlanRow, (video.id, video.run))
            return None if plan is None else growth_of(session, plan, of)

        return await self._transactions.read(work)


def record(session: Session, claim: Claim, events: Iterable[Event], now: datetime) -> bool:
    """Writes what `events` say of chunks; whether they said anything. Raises HandlerBroken."""
    said = False
    for event in events:
        match event:
            case VideoPlanned():
                _plan(session, claim, event, now)
            case ChunkGrew():
                _grow(_chunk(session, claim, event.number), event)
            case ChunkTranscoded():
                _finish(_chunk(session, claim, event.number), claim, event)
            case _:
                continue
        said = True
    session.flush()  # what follows is read past the mapper
    return said


def follow_ups(
    session: Session, claim: Claim, video: Video, step: Step, windows: Mapping[str, int], now: datetime
) -> list[Envelope]:
    """What is to be told because chunks changed. Of a step that failed nothing more begins: the chunk that it
    failed with goes on from here when it was replayed."""
    plan = session.get(PlanRow, (video.id, video.run))
    if plan is None:
        return []
    run = _run(claim)
    others = at_work(session, *run)
    if _tells_for_all(claim, others):
        step.progress = max(step.progress, _encoded(session, claim))
    if step.state == StepState.FAILED:
        return []
    planned = VideoPlanned(**plan.planned, chunks=())
    unseen = "live" not in video.playback and _leads(planned)  # once it can be watched its head is done
    head = head_of(session, *run, planned) if unseen else None
    head_only = head is not None and awaits_head(head)
    released = release(session, *run, room(others.queues, windows), head_only=head_only)
    follow = [_follow(claim, request(chunk, planned), "chunk", str(chunk.number)) for chunk in released]
    if head is not None and playable(head):
        told = _follow(claim, VideoPlayable(by="lead"), "playable")
        project(video, told, now)
        follow.append(told)
    if not others.queues and not released and not any_left(session, *run):
        completed = ChunksCompleted(source=planned.source, recipe=planned.recipe)
        follow.append(_follow(claim, completed, "completed"))
    return follow


def are_planned(session: Session, video: Video) -> bool:
    return session.get(PlanRow, (video.id, video.run)) is not None


def told_progress(session: Session, claim: Claim, progress: float) -> float | None:
    """How far the claim's step is when its job is as far as `progress`; None where it is not for this job to
    say. What comes before the chunks counts for nothing, so that the step never goes back. Of the chunks at
    work the first tells for all of them: a hundred workers would queue up for the step's row."""
    if not claim.shares_step:
        return progress
    if claim.completes:
        return _ENCODING + (1 - _ENCODING) * progress
    event = claim.envelope.event()
    if not isinstance(event, ChunkRequested) or not progress:
        return None
    further = (col(ChunkRow.number) == event.number) & (col(ChunkRow.progress) < progress)
    session.exec(update(ChunkRow).where(_of(claim), further).values(progress=min(progress, 1.0)))
    return _encoded(session, claim) if _tells_for_all(claim, at_work(session, *_run(claim))) else None


def start_over(session: Session, envelope: Envelope) -> None:
    """An attempt at a chunk has ended without it: it is not the one that tells for all any more. The step
    keeps what it was told."""
    try:
        event = envelope.event()
    except (MalformedEvent, UnsupportedEvent):  # it is given up for just that
        return
    if isinstance(event, ChunkRequested):
        its_row = (col(ChunkRow.number) == event.number) & (col(ChunkRow.state) == REQUESTED)
        session.exec(
            update(ChunkRow).where(of_run(envelope.subject, envelope.run), its_row).values(progress=0.0)
        )


def _tells_for_all(claim: Claim, others: AtWork) -> bool:
    event = claim.envelope.event()
    if not isinstance(event, ChunkRequested):
        return True
    return others.first is None or event.number <= others.first


def _encoded(session: Session, claim: Claim) -> float:
    return _ENCODING * encoded(session, *_run(claim))


def _run(claim: Claim) -> tuple[str, int]:
    return claim.video.id, claim.video.run


def _plan(session: Session, claim: Claim, event: VideoPlanned, now: datetime) -> None:
    """Chunks are written in one statement: there may be thousands."""
    video, run = claim.video.id, claim.video.run
    session.add(
        PlanRow(
            video_id=video,
            run=run,
            step=claim.step,
            fence=claim.fence,
            planned=event.model_dump(mode="json", exclude={"chunks"}),
            created_at=now,
        )
    )
    session.flush()
    chunks = [
        {
            "video_id": video,
            "run": run,
            "number": number,
            "state": PLANNED,
            "made": [],
            "told": [],
            "progress": 0.0,
        }
        | chunk.model_dump(mode="json")
        for number, chunk in enumerate(event.chunks)
    ]
    if chunks:
        session.connection().execute(insert(ChunkRow), chunks)


def _chunk(session: Session, claim: Claim, number: int) -> ChunkRow:
    row = session.get(ChunkRow, (claim.video.id, claim.video.run, number))
    if row is None:
        raise HandlerBroken(f"It tells of chunk {number}, which was never planned.")
    return row


def _grow(row: ChunkRow, event: ChunkGrew) -> None:
    """Never back: a second attempt counts from where it overtakes the first."""
    if row.state != DONE and _segments(event.made) > sum(len(made["frames"]) for made in row.made):
        _replace(row, event)


def _finish(row: ChunkRow, claim: Claim, event: ChunkTranscoded) -> None:
    if row.state == DONE:
        return
    row.state, row.fence, row.took, row.progress = DONE, claim.fence, event.took, 1.0
    _replace(row, event)


def _replace(row: ChunkRow, event: ChunkGrew | ChunkTranscoded) -> None:
    """What an attempt told of before another overtook it stays told: a list that grows is only added to."""
    if row.prefix is not None and row.prefix != event.prefix:
        row.told = [*row.told, {"prefix": row.prefix, "made": row.made}]
    row.prefix, row.made = event.prefix, [made.model_dump(mode="json") for made in event.made]


def _segments(made: Iterable[Made]) -> int:
    return sum(len(each.frames) for each in made)


def _leads(planned: VideoPlanned) -> bool:
    """Whether anything of it can be watched before all is there."""
    return planned.lead is not None or not planned.renditions


def _follow(claim: Claim, event: Event, *about: str) -> Envelope:
    """Its id follows from what it tells of and not from the job that happened to be the last."""
    envelope = next_envelope(claim.envelope, event, stage=claim.stage, traceparent=claim.envelope.traceparent)
    its_id = derived_id(claim.video.id, str(claim.video.run), *about)
    return envelope.model_copy(update={"id": its_id})


def _of(claim: Claim) -> ColumnElement[bool]:
    return of_run(*_run(claim))
