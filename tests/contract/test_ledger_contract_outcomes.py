"""What came of a job, on every database: recorded once, by whoever holds it, or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.adapters.database.tables import InboxRow
from pipeline.claims import Claim
from pipeline.errors import FenceLost
from pipeline.video import Video
from tests.contract.ledgers import (
    CRASH,
    MADE,
    METADATA,
    NOTIFY,
    THUMBNAIL,
    TRANSCODE,
    accepted,
    carried,
    claimed,
    death,
    died,
    finished,
    outcome,
    ready_video,
    retrying,
    rewrite,
    taken_over,
    unpublished,
)


async def test_a_job_that_went_well_marks_its_step_with_the_fence_that_counts(ledger: Database) -> None:
    claim = await claimed(ledger)
    done, follow = outcome(claim, MADE["transcode"])
    await ledger.commit(claim, done, follow)
    video, (step, *_) = await ledger.video(claim.video.id)
    assert (step.state, step.progress, step.fence, step.error) == ("done", 1.0, claim.fence, None)
    assert step.finished_at is not None
    assert video.playback == {"hls": "v/master.m3u8"}
    assert (await unpublished(ledger))[1:] == follow


async def test_what_an_earlier_fence_wants_to_commit_changes_nothing(hasty: Database) -> None:
    late = await claimed(hasty)
    await taken_over(hasty, late)
    before = await _seen(hasty, late)
    for what, follow in (
        outcome(late, MADE["transcode"]),
        death(late),
        retrying(late, timedelta(seconds=10)),
    ):
        with pytest.raises(FenceLost):
            await hasty.commit(late, what, follow)
    assert await _seen(hasty, late) == before


async def test_a_commit_that_is_repeated_because_its_answer_got_lost_changes_nothing(
    ledger: Database,
) -> None:
    claim = await claimed(ledger)
    await finished(ledger, claim)
    before = await _seen(ledger, claim)
    await finished(ledger, claim)
    assert await _seen(ledger, claim) == before


async def test_a_job_that_is_done_takes_no_other_outcome(ledger: Database) -> None:
    claim = await claimed(ledger)
    await finished(ledger, claim)
    before = await _seen(ledger, claim)
    for other in (death(claim, required=True), retrying(claim, timedelta(seconds=1))):
        with pytest.raises(FenceLost):
            await ledger.commit(claim, *other)
    assert await _seen(ledger, claim) == before


async def test_a_job_that_was_handed_back_is_not_committed_as_waiting(ledger: Database) -> None:
    claim = await claimed(ledger)
    await ledger.release(claim)
    with pytest.raises(FenceLost):
        await ledger.commit(claim, *retrying(claim, timedelta(seconds=1)))


async def test_a_lease_that_ran_out_unnoticed_still_commits(ledger: Database) -> None:
    claim = await claimed(ledger)
    await rewrite(ledger, update(InboxRow).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))
    await finished(ledger, claim)
    assert (await ledger.video(claim.video.id))[1][0].state == "done"


async def test_nothing_is_committed_for_a_cancelled_video(ledger: Database) -> None:
    claim = await claimed(ledger)
    await ledger.cancel(claim.video.id)
    before = await _seen(ledger, claim)
    with pytest.raises(FenceLost):
        await finished(ledger, claim)
    assert await _seen(ledger, claim) == before


async def test_nothing_is_committed_for_a_deleted_video_or_an_older_run(ledger: Database) -> None:
    deleted, older = await claimed(ledger), await claimed(ledger)
    await ledger.delete(deleted.video.id)
    await rewrite(ledger, update(Video).values(run=2))
    before = await unpublished(ledger)
    for claim in (deleted, older):
        with pytest.raises(FenceLost):
            await finished(ledger, claim)
    assert await unpublished(ledger) == before


async def test_a_failed_attempt_waits_for_its_rung_and_says_why(ledger: Database) -> None:
    claim = await claimed(ledger)
    what, follow = retrying(claim, timedelta(0))
    await ledger.commit(claim, what, follow)
    video, (step, *_) = await ledger.video(claim.video.id)
    assert (video.status, step.state, step.attempts) == ("processing", "retrying", 1)
    assert step.error == {"code": "flaky", "message": "It failed this time.", "hint": "Wait."}
    again = await claimed(ledger, TRANSCODE, claim.envelope)
    assert (again.failures, again.crashes) == (1, 0)
    assert (await ledger.video(claim.video.id))[1][0].attempts == 2


async def test_an_outage_costs_no_attempt(ledger: Database) -> None:
    claim = await claimed(ledger)
    what, follow = retrying(claim, timedelta(0), counts=False)
    await ledger.commit(claim, what, follow)
    assert (await claimed(ledger, TRANSCODE, claim.envelope)).failures == 0


async def test_a_required_stage_given_up_fails_the_video_with_its_reason(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    video, (step, *_) = await ledger.video(claim.video.id)
    assert video.status == "failed"
    assert video.error == {
        "code": "flaky",
        "message": "It failed this time.",
        "hint": "Wait.",
        "stage": "transcode",
    }
    assert (step.state, step.error and step.error["code"]) == ("failed", "flaky")
    assert [message.kind for message in await unpublished(ledger)] == ["event", "dead", "event"]


async def test_a_side_branch_given_up_leaves_the_video_ready(ledger: Database) -> None:
    envelope = await ready_video(ledger)
    await died(ledger, await claimed(ledger, NOTIFY, envelope), required=False)
    video, (*_, step) = await ledger.video(envelope.subject)
    assert (video.status, video.error, step.state) == ("ready", None, "failed")


async def test_two_events_of_one_stage_that_end_together_are_both_recorded(ledger: Database) -> None:
    """A notice of the failure and, after a replay, one of the success: in two processes at once."""
    failed = await died(ledger, await claimed(ledger))
    (again,) = await ledger.retry(failed.subject)
    copy = failed.decode(again.body)
    ready = await carried(ledger, copy, TRANSCODE, THUMBNAIL, METADATA)
    one, other = await claimed(ledger, NOTIFY, failed), await claimed(ledger, NOTIFY, ready)
    await finished(ledger, one)
    await finished(ledger, other)
    video, (*_, step) = await ledger.video(failed.subject)
    assert (video.status, step.state, step.fence) == ("ready", "done", other.fence)


async def test_a_required_branch_that_failed_keeps_the_video_failed_until_it_is_mended(
    ledger: Database,
) -> None:
    last = await carried(ledger, await accepted(ledger), TRANSCODE)
    metadata = await claimed(ledger, METADATA, last)
    await died(ledger, await claimed(ledger, THUMBNAIL, last))
    await finished(ledger, metadata)
    video, steps = await ledger.video(last.subject)
    assert video.status == "failed"
    assert [step.state for step in steps] == ["done", "failed", "done", "waiting"]
    (again,) = await ledger.retry(last.subject)
    await carried(ledger, last.decode(again.body), THUMBNAIL)
    assert (await ledger.video(last.subject))[0].status == "ready"


async def test_a_video_that_failed_twice_goes_on_once_both_letters_are_replayed(ledger: Database) -> None:
    last = await carried(ledger, await accepted(ledger), TRANSCODE)
    claims = [await claimed(ledger, stage, last) for stage in (THUMBNAIL, METADATA)]
    for claim in claims:
        await died(ledger, claim)
    await ledger.replay("thumbnail", last.id)
    assert (await ledger.video(last.subject))[0].status == "failed"
    await ledger.replay("metadata", last.id)
    assert (await ledger.video(last.subject))[0].status == "processing"


async def test_a_job_given_up_for_its_crashes_counts_no_attempt(ledger: Database) -> None:
    claim = await claimed(ledger)
    what, follow = death(claim, CRASH)
    await ledger.commit(claim, what, follow)
    (letter,) = await ledger.dead()
    assert (letter.attempts, letter.code) == (0, "worker_crashed")


async def _seen(ledger: Database, claim: Claim) -> object:
    """Everything that a commit could have changed."""
    video, steps = await ledger.video(claim.video.id)
    rows = [row.model_dump() for row in (video, *steps)]
    return rows, await unpublished(ledger), await ledger.dead()
