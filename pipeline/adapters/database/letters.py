"""What replaying and dropping dead letters does to the rows, many at a time: of letters, steps and videos."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select, update

from pipeline import messages
from pipeline.adapters.database.rows import enqueue, message_of
from pipeline.adapters.database.tables import EventRow, InboxRow
from pipeline.errors import MalformedEvent
from pipeline.events import Envelope
from pipeline.letters import LetterName
from pipeline.ports import Message
from pipeline.stage import Stage, step_of
from pipeline.video import Step, StepState, Video, VideoStatus


def letter_of() -> ColumnElement[bool]:
    """The dead letter of an inbox row: that of an event, or of something that is none."""
    either = (col(EventRow.event_id) == col(InboxRow.event_id)) | (col(EventRow.id) == col(InboxRow.event_id))
    return (col(EventRow.kind) == "dead") & (col(EventRow.stage) == col(InboxRow.stage)) & either


def lock_letters(session: Session, which: ColumnElement[bool]) -> Sequence[InboxRow]:
    """Those of `which` that are dead, locked; their videos first, and in one order, as whoever locks several
    must."""
    dead = which & (col(InboxRow.state) == "dead")
    its_video = select(InboxRow.video_id).where(dead)
    videos = select(Video).where(col(Video.id).in_(its_video)).order_by(col(Video.id)).with_for_update()
    locked = [video.id for video in session.exec(videos.execution_options(populate_existing=True))]
    of_them = col(InboxRow.video_id).in_(locked) | col(InboxRow.video_id).is_(None)
    rows = select(InboxRow).where(dead, of_them).with_for_update()
    in_order = rows.order_by(col(InboxRow.finished_at), col(InboxRow.fence), col(InboxRow.event_id))
    return session.exec(in_order.execution_options(populate_existing=True)).all()


def replay_letters(
    session: Session, rows: Sequence[InboxRow], stages: Sequence[Stage], now: datetime
) -> list[Message]:
    """The dead events for their stages' queues again; a video that failed with them is `processing` again."""
    letters = _messages_of(session, rows)
    for row in rows:
        row.state = "replayed"
    session.flush()
    _revive_all(
        session, {(row.video_id, step_of(stages, row.stage)) for row in rows if row.video_id}, stages, now
    )
    return enqueue(session, [_again(row, letters[row.stage, row.event_id]) for row in rows], now)


def drop_letters(session: Session, rows: Sequence[InboxRow], now: datetime) -> None:
    """Nobody will send them again. What failed with them stays failed."""
    letters = _messages_of(session, rows)
    for row in rows:
        row.state = "dropped"
    told = enqueue(session, [messages.dropped(letters[row.stage, row.event_id]) for row in rows], now)
    ids = [message.id for message in told]
    session.exec(update(EventRow).where(col(EventRow.id).in_(ids)).values(published_at=now))
    for video_id in {row.video_id for row in rows if row.video_id}:
        video = session.get(Video, video_id)
        if video is not None:
            video.touch(now)


def _revive_all(
    session: Session, touched: set[tuple[str, str]], stages: Sequence[Stage], now: datetime
) -> None:
    """Each of those videos, by what became of that step. Two questions for all of them: their rows are locked
    meanwhile."""
    ids = {video_id for video_id, _ in touched}
    videos = {video.id: video for video in session.exec(select(Video).where(col(Video.id).in_(ids)))}
    of_run = col(Video.run) == col(InboxRow.run)
    states = select(InboxRow.video_id, InboxRow.stage, InboxRow.state).join(
        Video, (col(Video.id) == col(InboxRow.video_id)) & of_run
    )
    open_still = col(InboxRow.state).in_(("dead", "dropped", "running"))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for video_id, stage, state in session.exec(states.where(col(Video.id).in_(ids), open_still)):
        found[video_id or "", step_of(stages, stage)].add(state)
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in session.exec(select(Step).where(col(Step.video_id).in_(ids))):
        if step.run == videos[step.video_id].run:
            steps[step.video_id].append(step)
    for video_id, name in sorted(touched):
        if video_id in videos:
            _revive(videos[video_id], steps[video_id], name, found[video_id, name], now)


def _revive(video: Video, steps: Sequence[Step], name: str, states: set[str], now: datetime) -> None:
    """The step goes on once none of its events is dead, the video once none of its steps is failed. An event
    that was dropped will never be done."""
    for step in steps:
        if step.stage == name and step.state == StepState.FAILED and not states & {"dead", "dropped"}:
            step.move(StepState.RUNNING if "running" in states else StepState.WAITING)
            step.error = step.finished_at = None
    broken = any(step.required and step.state == StepState.FAILED for step in steps)
    if video.status == VideoStatus.FAILED and not broken:
        video.move(VideoStatus.PROCESSING)
        video.error, video.updated_at = None, now


def _again(row: InboxRow, letter: Message) -> Message:
    try:
        return messages.replay(row.stage, Envelope.decode(letter.body), times=1)
    except MalformedEvent:
        return messages.replay_unread(row.stage, row.event_id, letter.body)


def _messages_of(session: Session, rows: Iterable[InboxRow]) -> dict[LetterName, Message]:
    ids = [row.event_id for row in rows]
    its_own = or_(col(EventRow.event_id).in_(ids), col(EventRow.id).in_(ids))
    found = session.exec(select(EventRow).where(EventRow.kind == "dead", its_own)).all()
    named = ((row.stage or "", name, row) for row in found for name in (row.id, row.event_id) if name)
    return {(stage, name): message_of(row) for stage, name, row in named}
