"""Retries, dead letters and replay, on a real broker, store and database."""

from collections.abc import Sequence

from pipeline.deadletters import DeadLetterOffice
from pipeline.errors import Permanent, Transient
from pipeline.events import Event, VideoUploaded
from pipeline.job import Job
from tests.chain import Chain, eventually, stages, transcoded
from tests.integration.conftest import OpenChain


class Poison(Permanent):
    code = "poison"
    message = "This one cannot be worked on."
    hint = "Remove the cause, then replay."


class Flaky(Transient):
    code = "flaky"


async def test_a_handler_that_fails_twice_then_works_takes_three_attempts_and_two_rungs(
    open_chain: OpenChain,
) -> None:
    tries: list[str] = []

    async def flaky(event: VideoUploaded, job: Job) -> Sequence[Event]:
        tries.append(job.prefix)
        if len(tries) < 3:
            raise Flaky
        return await transcoded(event, job)

    chain = await open_chain(stages(transcode=flaky))
    async with chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
    _, steps = await chain.video(video_id)
    timeline = await chain.ledger.timeline(video_id)
    rungs = [entry.note["reelmill-delay"] for entry in timeline if entry.kind == "retry"]
    times = [entry.time for entry in timeline if entry.kind == "retry" or entry.stage == "transcode"]
    assert (steps["transcode"].attempts, rungs) == (3, ["1s", "2s"])
    assert (times[1] - times[0]).total_seconds() >= 1
    assert (times[2] - times[1]).total_seconds() >= 2
    assert len(set(tries)) == 3, "each attempt writes below a fence of its own"


async def test_a_poison_event_is_dead_lettered_alone_and_its_replay_makes_the_video_ready(
    open_chain: OpenChain,
) -> None:
    cause = {"present": True}

    async def poisoned(event: VideoUploaded, job: Job) -> Sequence[Event]:
        if event.filename == "poison.mp4" and cause["present"]:
            raise Poison
        return await transcoded(event, job)

    chain = await open_chain(stages(transcode=poisoned))
    office = DeadLetterOffice(chain.bus, chain.ledger, chain.stages)
    async with chain.running():
        poison, neighbour = await chain.upload("poison.mp4"), await chain.upload("fine.mp4")
        await chain.until(poison, lambda video, _: video.status == "failed")
        await chain.until(neighbour, lambda video, _: video.status == "ready")
        await eventually(lambda: _holds(chain, 1))
        async with chain.bus.take("reelmill.dead.transcode", 10) as letters:
            headers = letters[0].headers
        assert headers["reelmill-code"] == "poison"
        assert {"reelmill-reason", "reelmill-stack", "reelmill-attempts"} <= set(headers)
        assert {"reelmill-host", "reelmill-version"} <= set(headers)

        cause["present"] = False
        await eventually(lambda: _holds(chain, 1))
        (letter,) = await chain.ledger.dead()
        assert await office.replay(letter.stage, letter.event_id)
        await chain.until(poison, lambda video, _: video.status == "ready")
        assert not await office.replay(letter.stage, letter.event_id)
        await eventually(lambda: _holds(chain, 0))
    assert [entry.kind for entry in await chain.ledger.timeline(poison)].count("replay") == 1


async def _holds(chain: Chain, letters: int) -> bool:
    return await chain.bus.depth("reelmill.dead.transcode") == letters
