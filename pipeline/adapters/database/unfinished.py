"""Events that a stage has not ended with: what the sweep wakes when it got lost, and a restore sends on."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.events import Envelope
from pipeline.stage import Stage
from pipeline.video import Step, Video, VideoStatus


def lost_before(moment: datetime) -> ColumnElement[bool]:
    """Published before `moment`, and not taken up, or taken up and let go, since."""
    let_go = or_(
        col(InboxRow.event_id).is_(None),
        (col(InboxRow.state) == "running") & (col(InboxRow.lease_until) < moment),
        (col(InboxRow.state) == "waiting")
        & or_(col(InboxRow.next_attempt_at).is_(None), col(InboxRow.next_attempt_at) < moment),
    )
    return (col(EventRow.published_at) < moment) & let_go


def of_video(video: Video) -> ColumnElement[bool]:
    """Whoever has it, and whenever its next attempt is: a message that came meanwhile was dropped."""
    open_still = or_(col(InboxRow.event_id).is_(None), col(InboxRow.state).in_(("running", "waiting")))
    return (col(EventRow.video_id) == video.id) & open_still


def unfinished(session: Session, stage: Stage, which: ColumnElement[bool]) -> Iterator[tuple[Envelope, int]]:
    """Each such event that is wanted still, with the last fence that it was worked on under."""
    here = (col(InboxRow.stage) == stage.name) & (col(InboxRow.event_id) == col(EventRow.event_id))
    planned = (
        (col(Step.video_id) == col(EventRow.video_id))
        & (col(Step.run) == col(EventRow.run))
        & (col(Step.stage) == stage.step)
    )
    statement = (
        select(EventRow, InboxRow.fence)
        .join(Video, col(Video.id) == col(EventRow.video_id))
        .join(InboxRow, here, isouter=True)
        .join(Step, planned)  # a stage that was added later has no step in old videos, and no claim on them
        .where(_meant_for(stage), which)
        .where(col(EventRow.run) == col(Video.run), col(Video.deleted_at).is_(None))
        .where(Video.status != VideoStatus.CANCELLED)
    )
    events = ((Envelope.decode(row.body), fence or 0) for row, fence in session.exec(statement))
    # One that is passed over took no inbox row, and is not lost.
    return ((event, fence) for event, fence in events if not stage.passes_over(event))


def _meant_for(stage: Stage) -> ColumnElement[bool]:
    topics = [col(EventRow.type).startswith(f"{event.topic}.v") for event in stage.consumes]
    event = (col(EventRow.kind) == "event") & or_(*topics)
    return event | ((col(EventRow.kind) == "replay") & (col(EventRow.stage) == stage.name))
