"""A video that is deleted while runners work on it, and restored, goes on to its end."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from pipeline import outbox
from pipeline.errors import VideoMissing
from pipeline.events import Event, SoundRequested, VideoUploaded
from pipeline.job import Job
from pipeline.sweep import Sweep
from pipeline.video import VideoStatus
from tests.chain import (
    Chain,
    chunked,
    chunked_stages,
    eventually,
    in_memory,
    settings_for,
    stages,
    transcoded,
)
from tests.unit.pipeline.test_runner_chunks import grew

MINUTE = timedelta(minutes=1)


async def test_a_job_that_was_let_go_is_done_after_all() -> None:
    begun, may_end = list[str](), asyncio.Event()

    async def slow(event: VideoUploaded, job: Job) -> Sequence[Event]:
        begun.append(job.video.id)
        await may_end.wait()
        return await transcoded(event, job)

    async with in_memory(stages(transcode=slow), settings_for(undo=MINUTE)) as chain, chain.running():
        video_id = await chain.upload()
        await eventually(lambda: _are(begun, 1))
        await chain.ledger.delete(video_id)
        await chain.upload()
        await eventually(lambda: _are(begun, 2))  # so the worker is free of the first
        may_end.set()
        await _restore(chain, video_id)
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        assert begun.count(video_id) == 2


async def test_a_job_that_noticed_nothing_is_done_once() -> None:
    begun, may_end = list[str](), asyncio.Event()

    async def slow(event: VideoUploaded, job: Job) -> Sequence[Event]:
        begun.append(job.video.id)
        await may_end.wait()
        return await transcoded(event, job)

    settings = settings_for(undo=MINUTE, heartbeat=timedelta(seconds=30))
    async with in_memory(stages(transcode=slow), settings) as chain, chain.running():
        video_id = await chain.upload()
        await eventually(lambda: _are(begun, 1))
        await chain.ledger.delete(video_id)
        await _restore(chain, video_id)
        may_end.set()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        assert begun == [video_id]


async def test_what_waited_in_a_queue_and_was_dropped_is_taken_up_after_all() -> None:
    async with in_memory(settings=settings_for(undo=MINUTE)) as chain:
        video_id = await chain.upload()
        await chain.ledger.delete(video_id)
        async with chain.running():
            behind_it = await chain.upload()
            await chain.until(behind_it, lambda _, steps: steps["notify"].state == "done")
            await _restore(chain, video_id)
            video = await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
    assert video.status == VideoStatus.READY


async def test_chunks_go_on_and_what_was_told_of_them_is_still_there() -> None:
    prefixes, may_end = list[str](), asyncio.Event()

    async def growing(event: SoundRequested, job: Job) -> Sequence[Event]:
        await job.store.put(job.key("audio/00000.m4s"), b"sound", "audio/mp4")
        await job.announce(grew(event, job, 1))
        prefixes.append(job.prefix)
        await may_end.wait()
        return await chunked(event, job)

    settings = settings_for(undo=MINUTE)
    async with in_memory(chunked_stages(6, sound=growing), settings) as chain, chain.running():
        video_id = await chain.upload()
        await eventually(lambda: _are(prefixes, 1))
        await chain.ledger.delete(video_id)
        await chain.upload()
        await eventually(lambda: _are(prefixes, 2))  # so the worker is free of the first
        assert await chain.store.list(prefixes[0]), "whoever watches it may go on after the restore"
        may_end.set()
        await _restore(chain, video_id)
        await chain.until(video_id, lambda video, _: video.status == VideoStatus.READY)
        assert len([prefix for prefix in prefixes if prefix.startswith(video_id)]) == 2


async def test_the_sweep_leaves_a_deleted_video_alone_until_its_time_is_over() -> None:
    async with in_memory(settings=settings_for(undo=MINUTE)) as chain, chain.running():
        video_id = await chain.upload()
        await chain.until(video_id, lambda _, steps: steps["notify"].state == "done")
        await chain.ledger.delete(video_id)
        sweep = Sweep(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings)
        assert (await sweep.once())["videos_purged"] == 0
        await _restore(chain, video_id)
        video, _ = await chain.video(video_id)
        assert await chain.store.list(video.playback["hls"])


async def test_deleted_is_gone_for_whoever_asks_though_it_can_be_restored() -> None:
    async with in_memory(settings=settings_for(undo=MINUTE)) as chain:
        video_id = await chain.upload()
        await chain.ledger.delete(video_id)
        with pytest.raises(VideoMissing):
            await chain.video(video_id)


async def _restore(chain: Chain, video_id: str) -> None:
    await outbox.publish(chain.bus, chain.ledger, await chain.ledger.restore(video_id))


async def _are(seen: Sequence[str], count: int) -> bool:
    return len(seen) >= count
