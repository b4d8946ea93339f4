"""Planned chunks that may begin, taken in one statement past the mapper: every commit of a chunk asks."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Executable, Select, bindparam, or_, select, update
from sqlmodel import Session, SQLModel

from pipeline.adapters.database import tables
from pipeline.adapters.database.growing import state_of
from pipeline.chunks import LEAD, PLANNED, REQUESTED, SOUND, ChunkState

_CHUNK = SQLModel.metadata.tables[str(tables.ChunkRow.__tablename__)]


def release(
    session: Session, video_id: str, run: int, room: Mapping[str, int], *, head_only: bool
) -> list[ChunkState]:
    """In planned order, of each queue as many as there is room for. With `head_only` all but the sound waits
    for the head: on the same cores it would keep a viewer waiting, however nice it is."""
    if not room:
        return []
    asked = {"video": video_id, "of_run": run} | {f"room_{queue}": free for queue, free in room.items()}
    rows = session.connection().execute(_releasing(tuple(sorted(room)), head_only=head_only), asked)
    return sorted((state_of(row) for row in rows), key=lambda chunk: chunk.number)


@cache
def _releasing(queues: tuple[str, ...], *, head_only: bool) -> Executable:
    of_video = (_CHUNK.c.video_id == bindparam("video"), _CHUNK.c.run == bindparam("of_run"))
    next_ones = (_CHUNK.c.number.in_(_next(queue, head_only)) for queue in queues)
    return update(_CHUNK).where(*of_video, or_(*next_ones)).values(state=REQUESTED).returning(_CHUNK)


def _next(queue: str, head_only: bool) -> Select[tuple[int]]:
    chunk = _CHUNK.alias()
    of_video = (chunk.c.video_id == bindparam("video"), chunk.c.run == bindparam("of_run"))
    planned = select(chunk.c.number).where(*of_video, chunk.c.state == PLANNED, chunk.c.queue == queue)
    if head_only:
        is_head = (chunk.c.track == LEAD) & (chunk.c.first == 0)
        planned = planned.where(is_head | (chunk.c.track == SOUND))
    return planned.order_by(chunk.c.number).limit(bindparam(f"room_{queue}"))
