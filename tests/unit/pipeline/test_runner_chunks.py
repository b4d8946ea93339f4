"""Videos in chunks through the real runner, in memory: many workers, two videos, workers that go away."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from pipeline import messages
from pipeline.adapters.memory_bus import MemoryBus
from pipeline.errors import FenceLost, Permanent
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    Envelope,
    Event,
    SoundRequested,
    VideoPlayable,
    VideoUploaded,
)
from pipeline.failpoints import OF_A_JOB, FailpointHit
from pipeline.job import Job
from pipeline.ports import Delivery
from pipeline.relay import relay_once
from pipeline.topology import work_queue
from tests.chain import (
    Chain,
    always,
    chunked,
    chunked_stages,
    eventually,
    in_memory,
    made,
    plan_of,
    settings_for,
)

CHUNKS = 40
WORKERS = ("transcode", "head", "sound", "tail", "tail", "join", "thumbnail", "metadata", "notify")


class Broken(Permanent):
    code = "broken"
    message = "It is broken."
    hint = "Mend it."


@asynccontextmanager
async def relaying(chain: Chain) -> AsyncIterator[None]:
    """What is left unpublished is published meanwhile."""

    async def relay() -> None:
        while True:
            await relay_once(chain.bus, chain.ledger, timedelta(0), always)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(relay())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def topics(chain: Chain, video_id: str) -> list[str]:
    return [entry.type for entry in await chain.ledger.timeline(video_id) if entry.kind == "event"]


async def test_a_video_of_forty_chunks_on_five_workers_is_transcoded_once() -> None:
    worked: list[int] = []

    async def counted(event: ChunkRequested, job: Job) -> Sequence[Event]:
        worked.append(event.number)
        return await chunked(event, job)

    table = chunked_stages(CHUNKS, head=counted, sound=counted, tail=counted)
    async with in_memory(table) as chain, chain.running(*WORKERS):
        video_id = await chain.upload()
        video = await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        told = await topics(chain, video_id)
    assert video.status == "ready"
    assert video.playback["live"] is True
    assert sorted(worked) == list(range(CHUNKS))
    for topic in ("video.transcoded", "video.chunks_completed", "video.playable"):
        assert told.count(topic) == 1
    assert told.count("video.chunk_transcoded") == CHUNKS


async def test_chunks_of_a_second_video_do_not_wait_for_all_of_the_first() -> None:
    order: list[str] = []

    async def noted(event: ChunkRequested, job: Job) -> Sequence[Event]:
        order.append(job.video.filename)
        return await chunked(event, job)

    async with in_memory(chunked_stages(CHUNKS, tail=noted)) as chain:
        ids = [await chain.upload(name) for name in ("long", "later")]
        async with chain.running(*WORKERS):
            for video_id in ids:
                await chain.until(video_id, lambda video, _: video.status == "ready")
    begun = order.index("later")
    assert begun <= 8, "at most a window of two chunks for each of two consumers, and what was at work"
    assert abs(order[: 2 * begun + 40].count("long") - order[: 2 * begun + 40].count("later")) <= 8


async def test_no_more_of_a_video_is_in_a_queue_than_its_window() -> None:
    deepest = 0

    async def looked(event: ChunkRequested, job: Job) -> Sequence[Event]:
        nonlocal deepest
        deepest = max(deepest, await bus.depth(work_queue("tail")))
        return await chunked(event, job)

    async with in_memory(chunked_stages(CHUNKS, tail=looked)) as chain:
        assert isinstance(chain.bus, MemoryBus)
        bus = chain.bus
        async with chain.running(*WORKERS):
            video_id = await chain.upload()
            await chain.until(video_id, lambda video, _: video.status == "ready")
    assert 0 < deepest <= 4


async def test_a_worker_that_is_stopped_in_the_middle_of_a_chunk_leaves_it_to_another() -> None:
    begun = asyncio.Event()
    tries: list[str] = []

    async def slow_at_first(event: ChunkRequested, job: Job) -> Sequence[Event]:
        tries.append(job.prefix)
        if len(tries) == 1:
            begun.set()
            await asyncio.Event().wait()
        return await chunked(event, job)

    async with in_memory(chunked_stages(4, tail=slow_at_first)) as chain:
        video_id = await chain.upload()
        async with chain.running("transcode", "head", "sound"):
            async with chain.running("tail"):
                await asyncio.wait_for(begun.wait(), 10)
            async with chain.running("tail", "join", "thumbnail", "metadata"):
                await chain.until(video_id, lambda video, _: video.status == "ready")
        growth = await chain.ledger.growth(video_id)
        assert (await topics(chain, video_id)).count("video.transcoded") == 1
    assert len(set(tries)) == 2
    assert growth is not None
    assert growth.chunks[3].prefix == tries[1]


_ACKED = {"ack.after", "confirm.after", "publish.after"}
"""Windows in which a delivery does not come back: what it gave is published by the relay."""


async def _taken_alone(chain: Chain, stage: str, delivery: Delivery) -> None:
    runner = chain.runner(stage)
    await runner.publish(await runner.answer(delivery))


@pytest.mark.parametrize("window", sorted(OF_A_JOB))
@pytest.mark.parametrize("stage", ["transcode", "head", "tail", "join"])
async def test_a_worker_may_die_in_any_window_and_nothing_is_lost_or_done_twice(
    stage: str, window: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(lease=timedelta(milliseconds=200))
    async with in_memory(chunked_stages(6), settings) as chain:
        video_id = await chain.upload()
        others = [each.name for each in chain.stages if each.name != stage]
        async with chain.running(*others), chain.bus.consume(work_queue(stage)) as deliveries:
            delivery = await asyncio.wait_for(anext(deliveries), 10)
        monkeypatch.setenv("REELMILL_FAILPOINTS", f"{window}=raise")
        with pytest.raises(FailpointHit):
            await _taken_alone(chain, stage, delivery)
        monkeypatch.delenv("REELMILL_FAILPOINTS")
        if window not in _ACKED:
            await delivery.reject()
        async with chain.running(), relaying(chain):
            await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        told = Counter(await topics(chain, video_id))
        growth = await chain.ledger.growth(video_id)
    assert growth is not None
    assert {chunk.state for chunk in growth.chunks} == {"done"}
    assert told["video.chunk_transcoded"] == 6
    assert {told[topic] for topic in ("video.chunks_completed", "video.transcoded", "video.playable")} == {1}


async def test_an_original_is_announced_while_the_video_is_still_planned() -> None:
    go_on = asyncio.Event()

    async def announcing(event: VideoUploaded, job: Job) -> Sequence[Event]:
        await job.announce(VideoPlayable(by="original", original=event.source, content_type="video/mp4"))
        await go_on.wait()
        return [plan_of(3)]

    async with in_memory(chunked_stages(transcode=announcing)) as chain, chain.running():
        video_id = await chain.upload()
        video = await chain.until(video_id, lambda video, _: video.playable_at is not None)
        assert (video.status, video.playback["original"]) == ("processing", f"{video_id}/source")
        go_on.set()
        await chain.until(video_id, lambda video, _: video.status == "ready")


async def test_what_is_announced_is_published_at_once_and_by_the_relay_where_the_broker_is_away() -> None:
    told, go_on = asyncio.Event(), asyncio.Event()

    async def announcing(event: VideoUploaded, job: Job) -> Sequence[Event]:
        await job.announce(VideoPlayable(by="original", original=event.source), key="at once")
        assert isinstance(chain.bus, MemoryBus)
        chain.bus.away = True
        await job.announce(VideoPlayable(by="original", original=event.source), key="away")
        chain.bus.away = False
        told.set()
        await go_on.wait()
        return [plan_of(3)]

    async with in_memory(chunked_stages(transcode=announcing)) as chain, chain.running():
        video_id = await chain.upload()
        await asyncio.wait_for(told.wait(), 10)
        await eventually(lambda: _unpublished(chain, 1))
        async with relaying(chain):
            await eventually(lambda: _unpublished(chain, 0))
        go_on.set()
        await chain.until(video_id, lambda video, _: video.status == "ready")


async def test_what_a_stage_does_not_publish_it_cannot_announce() -> None:
    async def wrong(event: ChunkRequested, job: Job) -> Sequence[Event]:
        await job.announce(VideoPlayable(by="lead"))
        return await chunked(event, job)

    async with in_memory(chunked_stages(head=wrong)) as chain, chain.running():
        video_id = await chain.upload()
        video = await chain.until(video_id, lambda video, _: video.status == "failed")
        assert video.error is not None
        assert (video.error["code"], video.error["stage"]) == ("handler_broken", "transcode")


async def test_a_sound_that_grows_can_be_heard_and_its_segments_stay_while_rows_name_them() -> None:
    told = asyncio.Event()

    async def growing(event: SoundRequested, job: Job) -> Sequence[Event]:
        await job.store.put(job.key("audio/00000.m4s"), b"sound", "audio/mp4")
        await job.announce(grew(event, job, 3), key="3")
        told.set()
        raise FenceLost

    async with in_memory(chunked_stages(4, sound=growing)) as chain:
        async with chain.running("transcode", "sound"):
            video_id = await chain.upload()
            await asyncio.wait_for(told.wait(), 10)
            await eventually(lambda: _depth(chain, "sound", 0))
        growth = await chain.ledger.growth(video_id)
        assert growth is not None
        assert growth.chunks[1].prefix is not None
        assert await chain.store.list(growth.chunks[1].prefix)


async def test_what_was_told_of_a_video_that_was_cancelled_meanwhile_is_removed() -> None:
    told, prefixes = asyncio.Event(), list[str]()

    async def growing(event: SoundRequested, job: Job) -> Sequence[Event]:
        prefixes.append(job.prefix)
        await job.store.put(job.key("audio/00000.m4s"), b"sound", "audio/mp4")
        await job.announce(grew(event, job, 1))
        told.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with in_memory(chunked_stages(4, sound=growing)) as chain, chain.running("transcode", "sound"):
        video_id = await chain.upload()
        await asyncio.wait_for(told.wait(), 10)
        assert await chain.store.list(prefixes[0])
        await chain.ledger.cancel(video_id)
        await eventually(lambda: _is_empty(chain, prefixes[0]))


async def test_what_a_late_worker_told_of_stays_when_another_overtook_it() -> None:
    """Players hold its addresses, though the row names the other's by now."""
    prefixes, requests, overtaken = list[str](), list[Envelope](), asyncio.Event()

    async def growing(event: SoundRequested, job: Job) -> Sequence[Event]:
        prefixes.append(job.prefix)
        requests.append(job.envelope)
        await job.store.put(job.key("audio/00000.m4s"), b"sound", "audio/mp4")
        await job.announce(grew(event, job, len(prefixes)), key=str(len(prefixes)))
        if len(prefixes) == 1:
            await overtaken.wait()
            raise FenceLost
        overtaken.set()
        await asyncio.Event().wait()
        raise AssertionError

    settings = settings_for(lease=timedelta(milliseconds=100), heartbeat=timedelta(seconds=5))
    async with in_memory(chunked_stages(4, sound=growing), settings) as chain:
        async with chain.running("transcode", "sound", "sound"):
            video_id = await chain.upload()
            await eventually(lambda: _any(requests))
            await chain.bus.publish(messages.again("sound", requests[0], window="1"))
            await asyncio.wait_for(overtaken.wait(), 10)
            await chain.upload()  # the other works on: the late one takes this up after it has let go
            await eventually(lambda: _any(requests[2:]))
        growth = await chain.ledger.growth(video_id)
        assert growth is not None
        assert (growth.chunks[1].prefix, growth.chunks[1].told[0].prefix) == (prefixes[1], prefixes[0])
        assert await chain.store.list(prefixes[0])


async def test_one_chunk_that_cannot_be_encoded_fails_the_video_and_a_retry_completes_it() -> None:
    mended = False

    async def broken_at_three(event: ChunkRequested, job: Job) -> Sequence[Event]:
        if event.number == 3 and not mended:
            raise Broken
        return await chunked(event, job)

    async with in_memory(chunked_stages(12, tail=broken_at_three)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda video, _: video.status == "failed")
        mended = True
        for message in await chain.ledger.retry(video_id):
            await chain.bus.publish(message)
        await chain.until(video_id, lambda video, _: video.status == "ready")
        assert (await topics(chain, video_id)).count("video.transcoded") == 1


def grew(event: SoundRequested, job: Job, segments: int) -> ChunkGrew:
    return ChunkGrew(
        number=event.number,
        track=event.track,
        first=0,
        prefix=job.prefix,
        made=(made("audio", segments),),
        took=0.1,
    )


async def _unpublished(chain: Chain, count: int) -> bool:
    return len(await chain.ledger.overdue(timedelta(0), 100)) == count


async def _any(seen: Sequence[object]) -> bool:
    return bool(seen)


async def _is_empty(chain: Chain, prefix: str) -> bool:
    return not await chain.store.list(prefix)


async def _depth(chain: Chain, stage: str, least: int) -> bool:
    return await chain.bus.depth(work_queue(stage)) >= least
