"""A worker is killed in each window between claim and ack: the video gets ready, nothing happens twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pipeline.relay import relay_once
from pipeline.settings import Settings
from tests.chain import Chain, always, eventually, stages
from tests.integration.conftest import OpenChain
from tests.integration.modules import running

FENCES = {
    "claim.after": 5,
    "handler.after": 5,
    "commit.after": 4,
    "confirm.after": 4,
    "publish.after": 4,
    "ack.after": 4,
}
"""How many were given out to the four stages in the end: one more where the job had to be done again."""


@asynccontextmanager
async def worker(
    name: str, settings: Settings, failpoints: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    module = ("tests.integration.failing_worker", name)
    async with running(*module, settings=settings, REELMILL_FAILPOINTS=failpoints) as process:
        yield process


@pytest.mark.parametrize("window", FENCES)
async def test_a_worker_killed_there_loses_nothing_and_repeats_nothing(
    window: str, open_chain: OpenChain, real_settings: Settings
) -> None:
    chain = await open_chain(stages())
    video_id = await chain.upload()
    async with worker("transcode", real_settings, f"{window}=kill") as victim:
        assert await asyncio.wait_for(victim.wait(), 30) == -signal.SIGKILL
    async with worker("transcode", real_settings), chain.running("thumbnail", "metadata", "notify"):
        await eventually(lambda: _relayed_until_notified(chain, video_id), seconds=30)
        await eventually(lambda: _all_queues_are_empty(chain))

    video, steps = await chain.video(video_id)
    events = [entry for entry in await chain.ledger.timeline(video_id) if entry.kind == "event"]
    assert {name: step.state for name, step in steps.items()} == dict.fromkeys(steps, "done")
    assert steps["transcode"].attempts == 1, "a crash is no attempt"
    assert video.fences == FENCES[window]
    assert set(Counter(entry.type for entry in events).values()) == {1}
    assert all(entry.published_at for entry in events)


async def _relayed_until_notified(chain: Chain, video_id: str) -> bool:
    await relay_once(chain.bus, chain.ledger, chain.settings.relay.patience, always)
    _, steps = await chain.video(video_id)
    published = [entry.published_at for entry in await chain.ledger.timeline(video_id)]
    return steps["notify"].state == "done" and all(published)


async def _all_queues_are_empty(chain: Chain) -> bool:
    return not any([await chain.bus.depth(f"reelmill.{stage.name}") for stage in chain.stages])
