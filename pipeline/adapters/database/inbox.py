"""The inbox: who works on which event, under which fence token, until when, and what came of it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from pipeline.adapters.database import chunks, steps, taking
from pipeline.adapters.database.grace import Grace
from pipeline.adapters.database.rows import enqueue, locked_inbox, locked_video, unpublished
from pipeline.adapters.database.tables import InboxRow
from pipeline.adapters.database.transactions import Transactions
from pipeline.claims import Absorbed, Busy, Claim, Died, Done, Failure, Outcome, Pulse, Retrying
from pipeline.errors import FenceLost
from pipeline.events import Envelope
from pipeline.messages import consumed_topics
from pipeline.messages import event as event_message
from pipeline.ports import Message
from pipeline.projection import become_ready, project, withdraw_original
from pipeline.stage import Stage
from pipeline.video import Step, Video, VideoStatus

_HELD = (
    select(Video, InboxRow, Step)
    .select_from(Video)
    .join(
        InboxRow, (col(InboxRow.stage) == bindparam("stage")) & (col(InboxRow.event_id) == bindparam("event"))
    )
    .join(Step, (col(Step.video_id) == Video.id) & (col(Step.stage) == bindparam("step")))
    .where(Video.id == bindparam("video"), Step.run == bindparam("of_run"))
    .with_for_update()
)
"""All that a job's outcome changes, locked in one statement; the video first, as everywhere."""


class _Held(NamedTuple):
    video: Video
    row: InboxRow
    step: Step


class InboxRows:
    _transactions: Transactions
    _stages: tuple[Stage, ...]
    _lease: timedelta
    _grace: Grace

    async def claim(self, stage: Stage, envelope: Envelope, taker: str) -> Claim | Busy | Absorbed:
        def work(session: Session, now: datetime) -> Claim | Busy | Absorbed:
            found = taking.wanted(session, envelope)
            if found is None:
                return Absorbed(_unwanted(locked_video(session, envelope.subject), envelope.run))
            fence, video = found
            over = self._grace.since(now)
            before = taking.take(session, stage.name, envelope, fence, taker, now, self._lease, over)
            if before is None:
                row = session.get_one(InboxRow, (stage.name, envelope.id))
                return _held(row, now, self._grace.until(now))
            failures, crashes = before
            steps.begin(session, video, stage, self._stages, failures, now)
            if crashes:
                chunks.start_over(session, envelope)
            return Claim(
                stage=stage.name,
                envelope=envelope,
                fence=fence,
                failures=failures,
                crashes=crashes,
                video=video,
                step=stage.step,
                completes=stage.completes,
                shares_step=stage.shares_step,
            )

        return await self._transactions.write(work)

    async def beat(self, claim: Claim, progress: float) -> Pulse:
        def work(session: Session, now: datetime) -> Pulse:
            pulse = taking.renew(session, claim, now + self._lease)
            if pulse is not Pulse.ALIVE:
                return pulse
            told = chunks.told_progress(session, claim, progress)
            if told is not None:
                steps.advance(session, claim, told)
            return pulse

        return await self._transactions.write(work)

    async def announce(self, claim: Claim, envelope: Envelope, message: Message) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> Sequence[Message]:
            held = _held_by(session, claim)
            _still_wanted(held.video, held.row, claim)
            project(held.video, envelope, now)
            follow = self._followed(session, claim, held, Done([envelope]), now)
            return enqueue(session, [message, *follow], now)

        return await self._transactions.write(work)

    async def commit(self, claim: Claim, outcome: Outcome, messages: Sequence[Message]) -> Sequence[Message]:
        def work(session: Session, now: datetime) -> Sequence[Message]:
            held = _held_by(session, claim)
            video, row, step = held
            if _was_committed(row, outcome):  # and only the answer got lost
                return unpublished(session, video.id, claim.stage)
            _still_wanted(video, row, claim)
            steps.settle(step, claim, outcome, now)
            _record(outcome, row, video, now)
            if not isinstance(outcome, Done):
                chunks.start_over(session, claim.envelope)
            if _is_refusal(outcome, video) and not chunks.are_planned(session, video):
                withdraw_original(video)
            follow = self._followed(session, claim, held, outcome, now)
            enqueue(session, [*messages, *follow], now)
            return [*messages, *follow]

        return await self._transactions.write(work)

    async def release(self, claim: Claim) -> None:
        def work(session: Session, now: datetime) -> None:
            video = locked_video(session, claim.video.id)
            row = locked_inbox(session, claim.stage, claim.envelope.id)
            if video is not None:  # also when it is another's: what a late worker wrote is to be swept
                video.touch(now)
            if row is None or row.fence != claim.fence or row.state != "running":
                return
            row.state, row.lease_until, row.next_attempt_at = "waiting", None, None
            steps.hand_back(session, claim, self._stages)
            chunks.start_over(session, claim.envelope)

        await self._transactions.write(work)

    async def bury(self, stage: str, failure: Failure, message: Message) -> None:
        def work(session: Session, now: datetime) -> None:
            if locked_inbox(session, stage, message.id) is None:
                row = InboxRow(stage=stage, event_id=message.id, state="dead", finished_at=now)
                row.failure, row.reason = asdict(failure), "unreadable"
                session.add(row)
                enqueue(session, [message], now)

        await self._transactions.write(work)

    def _followed(
        self, session: Session, claim: Claim, held: _Held, outcome: Outcome, now: datetime
    ) -> list[Message]:
        """What follows for the video's chunks from what was told of them."""
        if not isinstance(outcome, Done):
            return []
        if not chunks.record(session, claim, [envelope.event() for envelope in outcome.envelopes], now):
            return []
        follow = chunks.follow_ups(session, claim, held.video, held.step, outcome.windows, now)
        consumed = consumed_topics(self._stages)
        return [event_message(envelope, stage=claim.stage, consumed=consumed) for envelope in follow]


def _unwanted(video: Video | None, run: int) -> str:
    """Why nobody wants this work any more, or an empty string."""
    if video is None or video.deleted_at is not None:
        return "the video is gone"
    if video.status == VideoStatus.CANCELLED:
        return "the video was cancelled"
    return "" if run == video.run else "it belongs to another run"


def _held(row: InboxRow, now: datetime, grace: datetime) -> Busy | Absorbed:
    """Why a job cannot be taken."""
    if row.state in {"done", "dead", "replayed", "dropped"}:
        return Absorbed(f"it is {row.state} already")
    until = (row.lease_until if row.state == "running" else row.next_attempt_at) or now
    if row.state == "running" and until <= now:
        until = grace
    return Busy(until - now, f"{row.fence}:{until.isoformat()}")


def _held_by(session: Session, claim: Claim) -> _Held:
    """Raises FenceLost when the job is another's by now."""
    video, event = claim.video, claim.envelope.id
    asked = {"video": video.id, "of_run": video.run, "step": claim.step, "stage": claim.stage, "event": event}
    found = session.execute(_HELD, asked).first()
    if found is None or found[1].fence != claim.fence:
        raise FenceLost("Another worker took the job over.")
    return _Held(*found)


def _still_wanted(video: Video, row: InboxRow, claim: Claim) -> None:
    """Raises FenceLost."""
    if row.state != "running":
        raise FenceLost("The job was handed back.")
    if _unwanted(video, claim.video.run):
        raise FenceLost("The video was cancelled, deleted or started again.")


def _record(outcome: Outcome, row: InboxRow, video: Video, now: datetime) -> None:
    row.lease_until = None
    match outcome:
        case Done(envelopes):
            row.state, row.finished_at = "done", now
            for envelope in envelopes:
                project(video, envelope, now)
            become_ready(video)
        case Retrying(failure, after, counts):
            row.state, row.next_attempt_at, row.failure = "waiting", now + after, asdict(failure)
            row.failures += counts
        case Died(failure, reason, stage_failed):
            row.state, row.finished_at, row.failure, row.reason = "dead", now, asdict(failure), reason
            row.failures += failure.code != "worker_crashed"
            project(video, stage_failed, now)


def _is_refusal(outcome: Outcome, video: Video) -> bool:
    return isinstance(outcome, Died) and outcome.reason == "permanent" and video.status == VideoStatus.FAILED


def _was_committed(row: InboxRow, outcome: Outcome) -> bool:
    """Whether this outcome stands in the row already. What was handed back waits for no next attempt."""
    match outcome:
        case Done():
            return row.state == "done"
        case Retrying():
            return row.state == "waiting" and row.next_attempt_at is not None
        case Died():
            return row.state == "dead"
