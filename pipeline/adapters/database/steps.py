"""The steps of a video in the database: planned with it, and moved by the jobs of their stages. Several jobs
of one step run at once where it is made of several stages."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Update, bindparam, case
from sqlmodel import Session, SQLModel, col, func, select, update

from pipeline.adapters.database.tables import InboxRow
from pipeline.claims import Claim, Died, Done, Failure, Outcome, Retrying
from pipeline.job import VideoSnapshot
from pipeline.projection import step_done, step_failed, step_retrying
from pipeline.stage import Stage, steps
from pipeline.video import Step, StepState, Video, runnable

_STEP = SQLModel.metadata.tables["step"]
_STAYS = {StepState.FAILED, StepState.DONE}
"""Of a step that several jobs share: one of them failed, or it was completed."""


def _begun(shared: bool) -> Update:
    """A job begins on a step from which it simply may, without the mapper, as every job does it."""
    attempt = bindparam("attempt", type_=_STEP.c.attempts.type)
    more = case((_STEP.c.attempts > attempt, _STEP.c.attempts), else_=attempt)
    may_begin = runnable() - _STAYS if shared else runnable()
    return (
        update(_STEP)
        .where(_STEP.c.video_id == bindparam("video"), _STEP.c.run == bindparam("of_run"))
        .where(_STEP.c.stage == bindparam("step"), _STEP.c.state.in_(sorted(may_begin)))
        .values(state=StepState.RUNNING.value, error=None, finished_at=None)
        .values({"attempts": more} if shared else {"attempts": attempt, "progress": 0.0})
        .values(started_at=func.coalesce(_STEP.c.started_at, bindparam("now", type_=_STEP.c.started_at.type)))
    )


_BEGUN = {shared: _begun(shared) for shared in (False, True)}


def planned_steps(video: Video, stages: Sequence[Stage]) -> list[Step]:
    """A row for each step, so that a status shows what is still to come."""
    return [
        _planned(video, _completing(group), position) for position, group in enumerate(steps(stages).values())
    ]


def step_row(session: Session, video: Video | VideoSnapshot, stage: Stage, stages: Sequence[Stage]) -> Step:
    """The row of the stage's step; made now for a stage that was added after the video came in."""
    step = session.get(Step, (video.id, video.run, stage.step))
    if step is None:
        last = session.exec(select(func.max(col(Step.position))).where(Step.video_id == video.id)).one()
        step = _planned(video, _completing(steps(stages).get(stage.step, [stage])), (last or 0) + 1)
        session.add(step)
    return step


def begin(
    session: Session,
    video: Video | VideoSnapshot,
    stage: Stage,
    stages: Sequence[Stage],
    failures: int,
    now: datetime,
) -> None:
    """A job of the stage begins. A step that failed stays so while its other jobs go on."""
    asked = {"video": video.id, "of_run": video.run, "step": stage.step, "attempt": failures + 1, "now": now}
    if session.connection().execute(_BEGUN[stage.shares_step], asked).rowcount == 0:
        _begin(step_row(session, video, stage, stages), stage, failures, now)


def _begin(step: Step, stage: Stage, failures: int, now: datetime) -> None:
    """Where the step is not there yet, or in a state from which it does not simply run."""
    if stage.shares_step and step.state in _STAYS:
        return
    step.move(StepState.RUNNING)
    step.attempts = max(step.attempts if stage.shares_step else 0, failures + 1)
    if not stage.shares_step:
        step.progress = 0.0
    step.error = step.finished_at = None
    step.started_at = step.started_at or now


def settle(step: Step, claim: Claim, outcome: Outcome, now: datetime) -> None:
    """A job ended. Of several jobs of one step the completing one makes it done, and the first that dies
    makes it failed."""
    if isinstance(outcome, Done) and not claim.completes:
        return
    if step.state == StepState.FAILED and claim.shares_step and not claim.completes:
        return
    if step.state != StepState.RUNNING:  # another job of this step ended meanwhile
        step.move(StepState.RUNNING)
    match outcome:
        case Done():
            step_done(step, claim.fence, now)
        case Retrying(failure):
            step_retrying(step, _told(failure))
        case Died(failure):
            step_failed(step, _told(failure), now)


def hand_back(session: Session, claim: Claim, stages: Sequence[Stage]) -> None:
    """A job was let go: its step waits when none of its other jobs is at work."""
    step = session.get(Step, (claim.video.id, claim.video.run, claim.step))
    if step is None or step.state != StepState.RUNNING:
        return
    if claim.shares_step and rows_of_step(session, claim.video, claim.step, stages, "running"):
        return
    step.move(StepState.WAITING)
    if not claim.shares_step:
        step.progress = 0.0


def advance(session: Session, claim: Claim, progress: float) -> None:
    """Raises the step's progress. Of several workers that tell of it at once the furthest counts."""
    behind = (
        (col(Step.video_id) == claim.video.id)
        & (col(Step.run) == claim.video.run)
        & (col(Step.stage) == claim.step)
        & (col(Step.progress) < progress)
    )
    session.exec(update(Step).where(behind).values(progress=min(progress, 1.0)))


def rows_of_step(
    session: Session, video: Video | VideoSnapshot, step: str, stages: Sequence[Stage], state: str
) -> Sequence[InboxRow]:
    """The inbox rows in `state` of all stages of a step, in the video's run."""
    names = {stage.name for stage in stages if stage.step == step} or {step}
    statement = select(InboxRow).where(InboxRow.video_id == video.id, InboxRow.run == video.run)
    return session.exec(statement.where(InboxRow.state == state, col(InboxRow.stage).in_(names))).all()


def _completing(group: Sequence[Stage]) -> Stage:
    """It says what the step as a whole weighs, and whether the video fails with it."""
    return next((stage for stage in group if stage.completes), group[-1])


def _planned(video: Video | VideoSnapshot, stage: Stage, position: int) -> Step:
    return Step(
        video_id=video.id,
        run=video.run,
        stage=stage.step,
        position=position,
        weight=stage.weight,
        required=stage.required,
    )


def _told(failure: Failure) -> dict[str, str]:
    return {"code": failure.code, "message": failure.message, "hint": failure.hint}
