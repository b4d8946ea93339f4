"""The whole chain in memory, through the same runner as in production."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.claims import Claim
from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import DatabaseAway, Permanent, StoreAway, Transient
from pipeline.events import Envelope, Event, ThumbnailGenerated, VideoTranscoded, VideoUploaded
from pipeline.job import Job
from pipeline.letters import Letters
from pipeline.ports import Bus, Delivery, Message
from pipeline.relay import relay_once
from pipeline.topology import EVENTS, work_queue
from tests.chain import Chain, always, eventually, in_memory, settings_for, stages, transcoded


class Broken(Permanent):
    code = "broken"
    message = "It is broken."
    hint = "Mend it."


class Flaky(Transient):
    code = "flaky"
    message = "It failed this time."
    hint = "Wait."


async def test_a_video_passes_all_stages_and_is_ready() -> None:
    async with in_memory() as chain:
        async with chain.running():
            video_id = await chain.upload()
            video = await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        assert video.status == "ready"
        assert video.playback["hls"] == f"{video_id}/1/transcode/1/master.m3u8"
        assert video.details == {"duration": 1.0}
        timeline = await chain.ledger.timeline(video_id)
        assert [entry.type for entry in timeline] == [
            "video.uploaded",
            "video.transcoded",
            "video.thumbnail_generated",
            "video.metadata_extracted",
            "video.user_notified",
        ]
        assert all(entry.published_at for entry in timeline)


async def test_a_handler_that_fails_twice_then_works_takes_three_attempts_and_two_rungs() -> None:
    tries = 0

    async def flaky(event: VideoUploaded, job: Job) -> Sequence[Event]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Flaky
        return await transcoded(event, job)

    async with in_memory(stages(transcode=flaky)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "ready")
        _, steps = await chain.video(video_id)
        retries = [entry.note for entry in await chain.ledger.timeline(video_id) if entry.kind == "retry"]
        assert steps["transcode"].attempts == 3
        assert [note["reelmill-delay"] for note in retries] == ["20ms", "40ms"]
        assert {note["reelmill-code"] for note in retries} == {"flaky"}


async def test_a_permanent_error_dead_letters_at_once_and_fails_the_video_with_its_reason() -> None:
    async def broken(event: VideoUploaded, job: Job) -> Sequence[Event]:
        raise Broken("Look here.")

    async with in_memory(stages(transcode=broken)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        video, steps = await chain.video(video_id)
        assert video.status == "failed"
        assert video.error == {
            "code": "broken",
            "message": "It is broken. Look here.",
            "hint": "Mend it.",
            "stage": "transcode",
        }
        assert steps["transcode"].attempts == 1
        async with chain.bus.take("reelmill.dead.transcode", 10) as letters:
            (headers,) = [letter.headers for letter in letters]
        assert headers["reelmill-reason"] == "permanent"
        assert headers["reelmill-error-type"] == "Broken"
        assert "raise Broken" in str(headers["reelmill-stack"])
        assert {"reelmill-attempts", "reelmill-host", "reelmill-version"} <= set(headers)


async def test_a_replayed_letter_makes_the_video_ready_and_a_second_replay_does_nothing() -> None:
    mended = False

    async def broken(event: VideoUploaded, job: Job) -> Sequence[Event]:
        if not mended:
            raise Broken
        return await transcoded(event, job)

    async with in_memory(stages(transcode=broken)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "failed")
        office = DeadLetterOffice(chain.bus, chain.ledger, chain.stages)
        (letter,) = await chain.ledger.dead()
        mended = True
        assert await office.replay(letter.stage, letter.event_id)
        await chain.until(video_id, lambda video, _: video.status == "ready")
        assert not await office.replay(letter.stage, letter.event_id)
        assert await chain.bus.depth("reelmill.dead.transcode") == 0
        assert await chain.ledger.dead() == []


async def test_errors_that_last_are_dead_lettered_when_the_attempts_are_spent() -> None:
    async def flaky(event: VideoUploaded, job: Job) -> Sequence[Event]:
        raise Flaky

    async with in_memory(stages(transcode=flaky)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "failed")
        (letter,) = await chain.ledger.dead()
        assert (letter.reason, letter.attempts) == ("out of attempts", 3)


async def test_an_outage_costs_no_attempt() -> None:
    calls = 0

    async def starved(event: VideoUploaded, job: Job) -> Sequence[Event]:
        nonlocal calls
        calls += 1
        if calls < 6:
            raise StoreAway
        return await transcoded(event, job)

    async with in_memory(stages(transcode=starved)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "ready")
        _, steps = await chain.video(video_id)
        assert (calls, steps["transcode"].attempts) == (6, 1)


async def test_a_cancelled_video_stops_its_running_handler() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def endless(event: VideoUploaded, job: Job) -> Sequence[Event]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return []

    async with in_memory(stages(transcode=endless)) as chain, chain.running():
        video_id = await chain.upload()
        await started.wait()
        await chain.ledger.cancel(video_id)
        await asyncio.wait_for(stopped.wait(), 5)
        video, steps = await chain.video(video_id)
        assert (video.status, steps["transcode"].state) == ("cancelled", "cancelled")


async def test_a_worker_told_to_stop_hands_its_job_back_without_spending_an_attempt() -> None:
    started = asyncio.Event()

    async def first_endless(event: VideoUploaded, job: Job) -> Sequence[Event]:
        if not started.is_set():
            started.set()
            await asyncio.Event().wait()
        return await transcoded(event, job)

    async with in_memory(stages(transcode=first_endless)) as chain:
        video_id = await chain.upload()
        async with chain.running("transcode"):
            await started.wait()
        async with chain.running():
            await chain.until(video_id, lambda video, _: video.status == "ready")
        _, steps = await chain.video(video_id)
        assert steps["transcode"].attempts == 1


async def test_progress_is_written_to_the_step_while_the_handler_runs() -> None:
    go_on = asyncio.Event()

    async def halfway(event: VideoUploaded, job: Job) -> Sequence[Event]:
        job.progress = 0.5
        await go_on.wait()
        return await transcoded(event, job)

    async with in_memory(stages(transcode=halfway)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["transcode"].progress == 0.5)
        go_on.set()
        await chain.until(video_id, lambda video, _: video.status == "ready")


async def test_the_same_event_delivered_three_times_is_worked_on_once() -> None:
    runs = 0

    async def counted(event: VideoUploaded, job: Job) -> Sequence[Event]:
        nonlocal runs
        runs += 1
        return await transcoded(event, job)

    async with in_memory(stages(transcode=counted)) as chain:
        video_id = await chain.upload()
        async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
            body = delivery.body
        for copy in range(2):
            await chain.bus.publish(
                Message(f"copy {copy}", "event", EVENTS, "video.uploaded.v1", body, mandatory=True)
            )
        async with chain.running():
            await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
            await eventually(lambda: _is_empty(chain.bus, "transcode"))
        assert runs == 1


async def test_a_message_that_is_no_event_is_dead_lettered_alone() -> None:
    async with in_memory() as chain, chain.running():
        await chain.bus.publish(Message("junk", "event", "", work_queue("transcode"), b"not json"))
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "ready")
        (letter,) = await chain.ledger.dead(Letters(stage="transcode"))
        assert (letter.code, letter.reason) == ("event_malformed", "unreadable")
        assert (await chain.ledger.letter("transcode", letter.event_id)).body == b"not json"
        assert await chain.bus.depth("reelmill.dead.transcode") == 1


async def test_an_event_of_a_version_that_is_too_new_is_dead_lettered_with_that_reason() -> None:
    async with in_memory() as chain, chain.running("transcode", "notify"):
        async with in_memory() as other:
            await other.upload()
            async with other.bus.take(work_queue("transcode"), 1) as (delivery,):
                body = delivery.body
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["transcode"].state == "done")
        subject = f'"subject":"{video_id}"'.encode()
        newer = body.replace(b"video.uploaded.v1", b"video.uploaded.v9")
        newer = newer.replace(newer[newer.index(b'"subject"') : newer.index(b',"run"')], subject)
        newer = newer.replace(b'"id":"', b'"id":"x', 1)
        await chain.bus.publish(Message("newer", "event", EVENTS, "video.uploaded.v9", newer, mandatory=True))
        await eventually(lambda: _has_letter(chain, "event_unsupported"))


async def test_a_job_whose_worker_died_is_taken_over_after_its_lease_under_a_new_fence() -> None:
    settings = settings_for(lease=timedelta(milliseconds=60))
    async with in_memory(settings=settings) as chain:
        video_id = await chain.upload()
        await _claimed_by_somebody_who_dies(chain)
        async with chain.running():
            await chain.until(video_id, lambda video, _: video.status == "ready")
        video, steps = await chain.video(video_id)
        assert steps["transcode"].attempts == 1, "a crash is no attempt"
        assert video.playback["hls"].startswith(f"{video_id}/1/transcode/2/")


async def test_a_job_that_kills_its_worker_every_time_is_given_up_and_says_so() -> None:
    settings = settings_for(lease=timedelta(milliseconds=20), max_crashes=2)
    async with in_memory(settings=settings) as chain:
        video_id = await chain.upload()
        for _ in range(2):
            await _claimed_by_somebody_who_dies(chain)
        async with chain.running("transcode"):
            video = await chain.until(video_id, lambda video, _: video.status == "failed")
        assert video.error is not None
        assert video.error["code"] == "worker_crashed"


async def test_what_has_killed_workers_is_tried_alone_and_holds_no_claim_while_it_waits() -> None:
    """Else those beside it would die with it as often, and be given up too."""
    began: list[str] = []
    may_end = asyncio.Event()

    async def noted(event: VideoUploaded, job: Job) -> Sequence[Event]:
        began.append(event.filename)
        if event.filename == "long.mp4":
            await may_end.wait()
        return await transcoded(event, job)

    settings = settings_for(lease=timedelta(milliseconds=20))
    async with in_memory(stages(transcode=noted), settings) as chain:
        suspect = await chain.upload("suspect.mp4")
        for _ in range(3):
            await _claimed_by_somebody_who_dies(chain)
        delivery = await _taken_off(chain)
        neighbour = await chain.upload("long.mp4")
        runner = chain.runner("transcode")
        working = asyncio.create_task(runner.answer(await _taken_off(chain)))
        await eventually(lambda: _is(began == ["long.mp4"]))
        waiting = asyncio.create_task(runner.answer(delivery))
        await eventually(lambda: _is_waiting(chain, suspect))
        assert began == ["long.mp4"]
        may_end.set()
        await asyncio.gather(working, waiting)
        assert began == ["long.mp4", "suspect.mp4"]
        for video_id in (suspect, neighbour):
            assert (await chain.video(video_id))[1]["transcode"].state == "done"


async def test_who_has_the_same_name_as_another_does_not_get_its_job() -> None:
    """A container that was started again has the host and the process id of the one that died."""
    began: list[str] = []
    may_end = asyncio.Event()

    async def noted(event: VideoUploaded, job: Job) -> Sequence[Event]:
        began.append(job.prefix)
        await may_end.wait()
        return await transcoded(event, job)

    async with in_memory(stages(transcode=noted)) as chain:
        await chain.upload()
        delivery = await _taken_off(chain)
        first = asyncio.create_task(chain.runner("transcode").answer(delivery))
        await eventually(lambda: _is(len(began) == 1))
        (waits,) = await chain.runner("transcode").answer(delivery)
        assert waits.kind == "wait"
        may_end.set()
        await first
    assert len(began) == 1


async def _taken_off(chain: Chain) -> Delivery:
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        await delivery.ack()
        return delivery


async def _is(true: bool) -> bool:
    return true


async def _is_waiting(chain: Chain, video_id: str) -> bool:
    return (await chain.video(video_id))[1]["transcode"].state == "waiting"


async def test_a_broker_that_is_away_leaves_the_event_to_the_relay() -> None:
    async with in_memory() as chain, chain.running():
        assert isinstance(chain.bus, MemoryBus)
        chain.bus.away = True
        video_id = await chain.upload()
        assert [entry.published_at for entry in await chain.ledger.timeline(video_id)] == [None]
        chain.bus.away = False
        assert await relay_once(chain.bus, chain.ledger, timedelta(0), always) == 1
        await chain.until(video_id, lambda video, _: video.status == "ready")


async def _claimed_by_somebody_who_dies(chain: Chain) -> None:
    async with chain.bus.take(work_queue("transcode"), 1) as (delivery,):
        envelope = Envelope.decode(delivery.body)

    async def claimed() -> bool:
        return isinstance(await chain.ledger.claim(chain.stages[0], envelope, f"somebody/{uuid4()}"), Claim)

    await eventually(claimed)


async def _is_empty(bus: Bus, stage: str) -> bool:
    return await bus.depth(work_queue(stage)) == 0


async def _has_letter(chain: Chain, code: str) -> bool:
    return any(letter.code == code for letter in await chain.ledger.dead())


async def test_a_side_branch_that_fails_marks_its_own_step_and_never_the_video() -> None:
    async def unheard(event: Event, job: Job) -> Sequence[Event]:
        raise Broken

    async with in_memory(stages(notify=unheard)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "failed")
        await eventually(lambda: _is_empty(chain.bus, "notify"))
        video, steps = await chain.video(video_id)
        assert (video.status, video.error) == ("ready", None)
        assert steps["notify"].state == "failed", "its own StageFailed is passed over"


async def test_a_message_that_no_queue_takes_does_not_hold_up_the_relay() -> None:
    async with in_memory() as chain, chain.running():
        assert isinstance(chain.bus, MemoryBus)
        nowhere = [
            Message(f"lost {number}", "event", EVENTS, "video.unheard_of.v1", b"{}", mandatory=True)
            for number in range(200)
        ]
        await chain.ledger.add(nowhere)
        chain.bus.away = True
        video_id = await chain.upload()
        chain.bus.away = False
        assert await relay_once(chain.bus, chain.ledger, timedelta(0), always) == 1
        await chain.until(video_id, lambda video, _: video.status == "ready")


async def test_a_handler_that_returns_nothing_fails_its_video_and_not_its_worker() -> None:
    async def forgetful(event: VideoUploaded, job: Job) -> None:
        return None

    async with in_memory(stages(transcode=forgetful)) as chain, chain.running():  # type: ignore[arg-type]
        video_id = await chain.upload()
        video = await chain.until(video_id, lambda video, _: video.status == "failed")
        assert video.error is not None
        assert video.error["code"] == "handler_broken"


async def test_a_required_handler_that_lets_the_chain_end_fails_its_video() -> None:
    async def silent(event: VideoUploaded, job: Job) -> Sequence[Event]:
        return []

    async with in_memory(stages(transcode=silent)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "failed")


async def test_an_outcome_that_the_rows_do_not_take_is_a_failure_of_the_job() -> None:
    async def without_the_poster(event: VideoTranscoded, job: Job) -> Sequence[Event]:
        return [ThumbnailGenerated(source=event.source, hls=event.hls, posters={"small.jpg": "key"})]

    async with in_memory(stages(thumbnail=without_the_poster)) as chain, chain.running():
        video_id = await chain.upload()
        video = await chain.until(video_id, lambda video, _: video.status == "failed")
        assert video.error is not None
        assert (video.error["code"], video.error["stage"]) == ("internal", "thumbnail")


async def test_a_handler_whose_inner_task_was_cancelled_does_not_end_its_worker() -> None:
    async def entangled(event: VideoUploaded, job: Job) -> Sequence[Event]:
        if event.filename == "fine.mp4":
            return await transcoded(event, job)
        inner = asyncio.ensure_future(asyncio.Event().wait())
        inner.cancel()
        await inner
        return []

    async with in_memory(stages(transcode=entangled)) as chain, chain.running():
        entangling, fine = await chain.upload("tangle.mp4"), await chain.upload("fine.mp4")
        await chain.until(fine, lambda video, _: video.status == "ready")
        await chain.until(entangling, lambda video, _: video.status == "failed")


async def test_outputs_of_a_job_that_was_let_go_are_removed() -> None:
    started = asyncio.Event()

    async def writing(event: VideoUploaded, job: Job) -> Sequence[Event]:
        await job.store.put(job.key("half.m4s"), b"half", "video/iso.segment")
        started.set()
        await asyncio.Event().wait()
        return []

    async with in_memory(stages(transcode=writing)) as chain, chain.running():
        video_id = await chain.upload()
        await started.wait()
        await chain.ledger.cancel(video_id)

        async def only_the_source_is_left() -> bool:
            return [info.key for info in await chain.store.list(video_id)] == [f"{video_id}/source"]

        await eventually(only_the_source_is_left)


async def test_a_commit_whose_answer_got_lost_keeps_what_was_made() -> None:
    async with in_memory() as chain:
        commit = chain.ledger.commit
        lost: list[object] = []

        async def answers_the_second_time(*arguments: Any) -> Sequence[Message]:
            follow = await commit(*arguments)
            if not lost:
                lost.append(arguments)
                raise DatabaseAway
            return follow

        chain.ledger.commit = answers_the_second_time  # type: ignore[method-assign, assignment]
        async with chain.running():
            video_id = await chain.upload()
            video = await chain.until(video_id, lambda video, _: video.status == "ready")
        assert lost
        assert (await chain.store.stat(video.playback["hls"])).size > 0
