"""Planned chunks that may begin, taken in one statement past the mapper: every commit of a chunk asks."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import ColumnElement, Executable, FromClause, Select, bindparam, select, union_all, update
from sqlmodel import Session

from pipeline.adapters.database.growing import CHUNK, state_of
from pipeline.chunks import LEAD, PLANNED, REQUESTED, SOUND, ChunkState


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
    # Joined and not `number IN (...) OR number IN (...)`: for that PostgreSQL reads all chunks of the video.
    each = [_next(queue, head_only).subquery() for queue in queues]
    following = union_all(*(select(one.c.number) for one in each)).subquery("following")
    its_row = CHUNK.c.number == following.c.number
    return update(CHUNK).where(*_of_video(CHUNK), its_row).values(state=REQUESTED).returning(CHUNK)


def _next(queue: str, head_only: bool) -> Select[tuple[int]]:
    chunk = CHUNK.alias()
    planned = (chunk.c.state == PLANNED) & (chunk.c.queue == queue)
    if head_only:
        planned &= (chunk.c.track == SOUND) | ((chunk.c.track == LEAD) & (chunk.c.first == 0))
    in_order = select(chunk.c.number).where(*_of_video(chunk), planned).order_by(chunk.c.number)
    return in_order.limit(bindparam(f"room_{queue}"))


def _of_video(chunk: FromClause) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return chunk.c.video_id == bindparam("video"), chunk.c.run == bindparam("of_run")
