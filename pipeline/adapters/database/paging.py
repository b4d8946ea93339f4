"""Pages of videos, newest first. A cursor says after which video the next page begins, whatever is sought."""

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, and_, col, or_, select

from pipeline.adapters.database.search import matching
from pipeline.errors import BadCursor
from pipeline.ledger import Page, Sought
from pipeline.video import Step, Video


def page_of(session: Session, limit: int, before: tuple[datetime, str] | None, sought: Sought) -> Page:
    statement = select(Video).where(col(Video.deleted_at).is_(None), matching(sought))
    if before is not None:
        when, last = before
        older = and_(col(Video.created_at) == when, col(Video.id) < last)
        statement = statement.where(or_(col(Video.created_at) < when, older))
    newest_first = statement.order_by(col(Video.created_at).desc(), col(Video.id).desc())
    videos = session.exec(newest_first.limit(limit + 1)).all()
    shown = videos[:limit]
    steps = _steps_of(session, shown)
    return Page(
        [(video, steps[video.id]) for video in shown],
        _encode(shown[-1]) if len(videos) > limit else None,
    )


def decode(cursor: str) -> tuple[datetime, str]:
    """Raises BadCursor."""
    try:
        when, video_id = base64.urlsafe_b64decode(cursor).decode().split("|")
        moment, video_id = datetime.fromisoformat(when), str(UUID(video_id))
        if moment.tzinfo is None:
            raise BadCursor
        return moment.astimezone(UTC), video_id
    except (binascii.Error, ValueError, OverflowError) as error:  # year 1 in Tokyo is no year in UTC
        raise BadCursor from error


def _encode(last: Video) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()}|{last.id}".encode()).decode()


def _steps_of(session: Session, videos: Sequence[Video]) -> Mapping[str, Sequence[Step]]:
    """Of all of them in one statement: pages ask for them every few seconds."""
    its_run = and_(col(Step.video_id) == col(Video.id), col(Step.run) == col(Video.run))
    statement = select(Step).join(Video, its_run).where(col(Video.id).in_([video.id for video in videos]))
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in session.exec(statement.order_by(col(Step.position))):
        steps[step.video_id].append(step)
    return steps
