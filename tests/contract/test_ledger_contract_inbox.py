"""Taking jobs, on every database: who may, who must wait, and what is nobody's business any more."""

import asyncio
from datetime import timedelta

from sqlmodel import update

from pipeline.adapters.database import Database
from pipeline.claims import Absorbed, Busy, Claim, Pulse
from pipeline.stage import Stage
from pipeline.video import Video
from tests.chain import described, eventually
from tests.contract.ledgers import (
    THUMBNAIL,
    TRANSCODE,
    accepted,
    claimed,
    died,
    finished,
    retrying,
    rewrite,
    taken_over,
)


async def test_a_claim_holds_the_event_the_video_and_a_place_of_its_own_for_outputs(ledger: Database) -> None:
    envelope = await accepted(ledger, title="A film")
    claim = await claimed(ledger, TRANSCODE, envelope)
    assert (claim.stage, claim.envelope, claim.failures, claim.crashes) == ("transcode", envelope, 0, 0)
    assert (claim.video.id, claim.video.title, claim.video.size) == (envelope.subject, "A film", 5)
    assert claim.prefix == f"{envelope.subject}/1/transcode/{claim.fence}/"


async def test_a_claimed_step_runs_and_counts_its_attempt(ledger: Database) -> None:
    claim = await claimed(ledger)
    _, (step, *others) = await ledger.video(claim.video.id)
    assert (step.state, step.attempts, step.progress) == ("running", 1, 0.0)
    assert step.started_at is not None
    assert {other.state for other in others} == {"waiting"}


async def test_a_job_under_a_live_lease_is_busy_for_as_long_as_the_lease_lasts(ledger: Database) -> None:
    claim = await claimed(ledger)
    busy = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert isinstance(busy, Busy)
    assert timedelta(0) < busy.wait <= timedelta(minutes=1)


async def test_the_token_of_what_is_waited_for_changes_with_the_lease(ledger: Database) -> None:
    claim = await claimed(ledger)
    first, same = [await ledger.claim(TRANSCODE, claim.envelope, "host:2") for _ in range(2)]
    await ledger.beat(claim, 0.1)
    renewed = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert isinstance(first, Busy)
    assert isinstance(same, Busy)
    assert isinstance(renewed, Busy)
    assert first.token == same.token != renewed.token


async def test_a_lease_that_ran_out_counts_a_crash_and_gives_a_larger_fence(hasty: Database) -> None:
    first = await claimed(hasty)
    second = await taken_over(hasty, first)
    third = await taken_over(hasty, second)
    assert [claim.crashes for claim in (first, second, third)] == [0, 1, 2]
    assert first.fence < second.fence < third.fence
    assert third.failures == 0


async def test_a_claim_whose_answer_got_lost_is_given_again_at_no_cost(ledger: Database) -> None:
    first = await claimed(ledger)
    again = await ledger.claim(TRANSCODE, first.envelope, "host:1")
    assert isinstance(again, Claim)
    assert (again.crashes, again.failures) == (0, 0)
    assert again.fence > first.fence, "whatever was begun under the first cannot be committed"
    assert await ledger.beat(first, 0.1) is Pulse.LOST


async def test_of_twenty_claims_at_once_one_gets_the_job(ledger: Database) -> None:
    envelope = await accepted(ledger)
    answers = await asyncio.gather(
        *(ledger.claim(TRANSCODE, envelope, f"host:{number}") for number in range(20))
    )
    assert sum(isinstance(answer, Claim) for answer in answers) == 1
    assert sum(isinstance(answer, Busy) for answer in answers) == 19


async def test_two_stages_work_on_one_video_side_by_side_under_different_fences(ledger: Database) -> None:
    first = await claimed(ledger)
    last = await finished(ledger, first)
    captions = Stage("captions", THUMBNAIL.consumes, (), described, required=False)
    one, other = await claimed(ledger, THUMBNAIL, last), await claimed(ledger, captions, last)
    assert len({first.fence, one.fence, other.fence}) == 3


async def test_a_stage_added_after_the_video_came_in_gets_its_step_at_its_first_claim(
    ledger: Database,
) -> None:
    captions = Stage("captions", TRANSCODE.consumes, (), described, required=False)
    envelope = await accepted(ledger)
    await claimed(ledger, captions, envelope)
    _, steps = await ledger.video(envelope.subject)
    assert [step.stage for step in steps][-1] == "captions"
    assert (steps[-1].required, steps[-1].state) == (False, "running")


async def test_a_job_that_is_done_or_dead_is_absorbed(ledger: Database) -> None:
    done, dead = await claimed(ledger), await claimed(ledger)
    await finished(ledger, done)
    await died(ledger, dead)
    assert await ledger.claim(TRANSCODE, done.envelope, "host:2") == Absorbed("it is done already")
    assert await ledger.claim(TRANSCODE, dead.envelope, "host:2") == Absorbed("it is dead already")


async def test_a_replayed_event_is_absorbed_and_its_copy_is_not(ledger: Database) -> None:
    claim = await claimed(ledger)
    await died(ledger, claim)
    (again,) = await ledger.replay("transcode", claim.envelope.id)
    copy = claim.envelope.decode(again.body)
    assert await ledger.claim(TRANSCODE, claim.envelope, "host:2") == Absorbed("it is replayed already")
    assert (await claimed(ledger, TRANSCODE, copy)).envelope.id == again.id


async def test_an_event_of_an_older_run_is_absorbed(ledger: Database) -> None:
    envelope = await accepted(ledger)
    await rewrite(ledger, update(Video).values(run=2))
    assert isinstance(await ledger.claim(TRANSCODE, envelope, "host:1"), Absorbed)


async def test_events_of_cancelled_deleted_and_missing_videos_are_absorbed(ledger: Database) -> None:
    cancelled, deleted, missing = [await accepted(ledger) for _ in range(3)]
    await ledger.cancel(cancelled.subject)
    await ledger.delete(deleted.subject)
    missing = missing.model_copy(update={"subject": "00000000-0000-0000-0000-000000000000"})
    for envelope in (cancelled, deleted, missing):
        assert isinstance(await ledger.claim(TRANSCODE, envelope, "host:1"), Absorbed)


async def test_a_heartbeat_renews_the_lease_and_writes_progress_that_only_grows(ledger: Database) -> None:
    claim = await claimed(ledger)
    before = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert [await ledger.beat(claim, progress) for progress in (0.4, 0.2, 7.0)] == [Pulse.ALIVE] * 3
    _, (step, *_) = await ledger.video(claim.video.id)
    assert step.progress == 1.0
    after = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert isinstance(before, Busy)
    assert isinstance(after, Busy)
    assert after.token > before.token


async def test_a_job_whose_heart_beats_outlives_its_first_lease(hasty: Database) -> None:
    claim = await claimed(hasty)
    beats = 0

    async def outlived() -> bool:
        nonlocal beats
        beats += await hasty.beat(claim, 0.0) is Pulse.ALIVE
        return beats >= 20

    await eventually(outlived)
    assert (await taken_over(hasty, claim)).crashes == 1


async def test_a_heartbeat_says_that_the_video_was_cancelled_or_deleted(ledger: Database) -> None:
    cancelled, deleted = await claimed(ledger), await claimed(ledger)
    await ledger.cancel(cancelled.video.id)
    await ledger.delete(deleted.video.id)
    assert await ledger.beat(cancelled, 0.5) is Pulse.CANCELLED
    assert await ledger.beat(deleted, 0.5) is Pulse.CANCELLED


async def test_a_heartbeat_says_that_another_worker_took_over(hasty: Database) -> None:
    claim = await claimed(hasty)
    await taken_over(hasty, claim)
    assert await hasty.beat(claim, 0.9) is Pulse.LOST
    _, (step, *_) = await hasty.video(claim.video.id)
    assert step.progress == 0.0


async def test_a_job_handed_back_can_be_taken_at_once_and_costs_nothing(ledger: Database) -> None:
    claim = await claimed(ledger)
    await ledger.release(claim)
    _, (step, *_) = await ledger.video(claim.video.id)
    assert step.state == "waiting"
    again = await claimed(ledger, TRANSCODE, claim.envelope)
    assert (again.failures, again.crashes) == (0, 0)
    assert again.fence > claim.fence


async def test_only_its_holder_can_hand_a_job_back(hasty: Database) -> None:
    claim = await claimed(hasty)
    current = await taken_over(hasty, claim)
    await hasty.release(claim)
    _, (step, *_) = await hasty.video(claim.video.id)
    assert step.state == "running"
    await finished(hasty, current)


async def test_a_job_is_busy_until_its_next_attempt(ledger: Database) -> None:
    claim = await claimed(ledger)
    outcome, follow = retrying(claim, timedelta(minutes=10))
    await ledger.commit(claim, outcome, follow)
    busy = await ledger.claim(TRANSCODE, claim.envelope, "host:2")
    assert isinstance(busy, Busy)
    assert timedelta(minutes=9) < busy.wait <= timedelta(minutes=10)


async def test_a_copy_a_little_too_early_by_the_brokers_clock_is_taken(ledger: Database) -> None:
    claim = await claimed(ledger)
    outcome, follow = retrying(claim, timedelta(milliseconds=200))
    await ledger.commit(claim, outcome, follow)
    assert (await claimed(ledger, TRANSCODE, claim.envelope)).failures == 1
