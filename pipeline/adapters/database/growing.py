"""What is there of a video in chunks, read from its rows. What every commit of a chunk asks is written once
here, and past the mapper: the video's row is locked meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any

from sqlalchemy import ColumnElement, Row, String, bindparam, case, cast
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, func, select

from pipeline.adapters.database.tables import ChunkRow, PlanRow
from pipeline.chunks import DONE, LEAD, REQUESTED, SOUND, ChunkState, Growth, Told
from pipeline.events import Made, VideoPlanned

CHUNK = SQLModel.metadata.tables[str(ChunkRow.__tablename__)]
"""Its columns without the mapper."""
_OF_VIDEO = (col(ChunkRow.video_id) == bindparam("video")) & (col(ChunkRow.run) == bindparam("of_run"))
_AT_WORK = (
    select_columns(
        col(ChunkRow.queue),
        func.count().label("chunks"),
        func.min(case((col(ChunkRow.progress) > 0, col(ChunkRow.number)))).label("first"),
    )
    .where(_OF_VIDEO, col(ChunkRow.state) == REQUESTED)
    .group_by(col(ChunkRow.queue))
)
_WEIGHT = func.nullif(func.sum(col(ChunkRow.weight)), 0)
"""A plan from elsewhere may weigh nothing."""
_ENCODED = select_columns(
    func.sum(col(ChunkRow.weight) * col(ChunkRow.progress)) / _WEIGHT,
).where(_OF_VIDEO)
_LEFT = select_columns(col(ChunkRow.number)).where(_OF_VIDEO, col(ChunkRow.state) != DONE).limit(1)
_SOUNDS = select_columns(CHUNK).where(_OF_VIDEO, col(ChunkRow.track) == SOUND).order_by(col(ChunkRow.number))
_MARKS = ("number", "queue", "first", "until", "weight", "state", "took")
"""All that `playable` asks of a chunk that leads."""
_LEADING = (
    select_columns(*(col(getattr(ChunkRow, name)) for name in _MARKS))
    .where(_OF_VIDEO, col(ChunkRow.track) == LEAD)
    .order_by(col(ChunkRow.number))
)


@dataclass(frozen=True)
class AtWork:
    """The chunks of a video that are requested and not done. There may be thousands of others, and every
    one that ends asks: those are not looked at."""

    queues: Mapping[str, int]
    """How many, by queue."""
    first: int | None
    """The lowest number of those whose worker told of progress."""


def at_work(session: Session, video_id: str, run: int) -> AtWork:
    found = session.connection().execute(_AT_WORK, {"video": video_id, "of_run": run}).all()
    first = min((row.first for row in found if row.first is not None), default=None)
    return AtWork({row.queue: row.chunks for row in found}, first)


def encoded(session: Session, video_id: str, run: int) -> float:
    """The part of 1 that is encoded, each chunk by its weight."""
    share = session.connection().execute(_ENCODED, {"video": video_id, "of_run": run}).scalar_one()
    return float(share or 0.0)


def growth_of(session: Session, plan: PlanRow, name: str | None = None) -> Growth:
    """Of all chunks; of those that a playlist of the rendition called `name` is made from."""
    asked = in_plan(plan) if name is None else _listed(session, plan, name)
    rows = session.exec(select(ChunkRow).where(asked).order_by(col(ChunkRow.number)))
    return Growth(VideoPlanned(**plan.planned, chunks=()), tuple(state_of(row) for row in rows))


def _listed(session: Session, plan: PlanRow, name: str) -> ColumnElement[bool]:
    """The chunks of the rendition up to and with the first that is not done; no playlist lists more."""
    makes = cast(col(ChunkRow.renditions), String).contains(dumps(name), autoescape=True)
    of_it, first = in_plan(plan) & makes, col(ChunkRow.first)
    gap = session.exec(select(func.min(first)).where(of_it, ChunkRow.state != DONE)).one()
    return of_it if gap is None else of_it & (first <= gap)


def head_of(session: Session, video_id: str, run: int, planned: VideoPlanned) -> Growth:
    """What decides whether it can be watched: the sound, and all of what leads. It is asked at every commit
    and there may be thousands, so those come without what they made, which decides nothing."""
    connection, asked = session.connection(), {"video": video_id, "of_run": run}
    marks = (
        ChunkState(
            number=row.number,
            queue=row.queue,
            track=LEAD,
            first=row.first,
            until=row.until,
            renditions=(planned.lead or "",),
            weight=row.weight,
            state=row.state,
            took=row.took,
        )
        for row in connection.execute(_LEADING, asked)
    )
    return Growth(planned, (*(state_of(row) for row in connection.execute(_SOUNDS, asked)), *marks))


def any_left(session: Session, video_id: str, run: int) -> bool:
    """Whether any chunk is not done."""
    return session.connection().execute(_LEFT, {"video": video_id, "of_run": run}).first() is not None


def state_of(row: ChunkRow | Row[Any]) -> ChunkState:
    return ChunkState(
        number=row.number,
        queue=row.queue,
        track=row.track,
        first=row.first,
        until=row.until,
        renditions=tuple(row.renditions),
        weight=row.weight,
        state=row.state,
        prefix=row.prefix,
        made=_made(row.made),
        took=row.took,
        told=tuple(Told(one["prefix"], _made(one["made"])) for one in row.told),
    )


def _made(told: Iterable[object]) -> tuple[Made, ...]:
    return tuple(Made.model_validate(made) for made in told)


def in_plan(plan: PlanRow) -> ColumnElement[bool]:
    return of_run(plan.video_id, plan.run)


def of_run(video_id: str, run: int) -> ColumnElement[bool]:
    """All chunks of one run of a video."""
    return (col(ChunkRow.video_id) == video_id) & (col(ChunkRow.run) == run)
