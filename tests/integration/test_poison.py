"""A chunk that kills its worker: given up after so many deaths, with our headers; those beside it live on."""

import asyncio
import signal

from pipeline.relay import relay_once
from pipeline.settings import Settings
from pipeline.topology import dead_queue
from tests.chain import Chain, always, eventually
from tests.integration.conftest import OpenChain
from tests.integration.modules import running
from tests.integration.poisoned_worker import table

MOST = 4
WORKER = "tests.integration.poisoned_worker"
FRAIL = {"REELMILL_WORK__MAX_CRASHES": str(MOST)}


async def test_a_chunk_that_kills_its_worker_is_dead_lettered_alone(
    open_chain: OpenChain, real_settings: Settings
) -> None:
    chain = await open_chain(table())
    poison = await chain.upload("poison.mp4")
    neighbours = [await chain.upload(f"{number}.mp4") for number in range(2)]
    deaths = 0
    while not await _is(chain, poison, "failed"):
        async with running(WORKER, settings=real_settings, **FRAIL) as worker:
            deaths += await _dies_before(worker, chain, poison) == -signal.SIGKILL
    assert deaths == MOST, "each death was the poison's"
    async with running(WORKER, settings=real_settings, **FRAIL):
        for video_id in neighbours:
            await eventually(lambda video_id=video_id: _is(chain, video_id, "ready"), seconds=60)  # type: ignore[misc]

    async with chain.bus.take(dead_queue("tail"), 10) as letters:
        [headers] = [letter.headers for letter in letters]
    assert headers["reelmill-reason"] == "worker crashed"
    assert headers["reelmill-code"] == "worker_crashed"
    (letter,) = await chain.ledger.dead()
    assert (letter.video_id, letter.crashes, letter.attempts) == (poison, MOST, 0)
    error = (await chain.ledger.video(poison))[0].error
    assert error is not None
    assert error["code"] == "worker_crashed"


async def _is(chain: Chain, video_id: str, status: str) -> bool:
    """What a worker had committed and not published when it died, the relay publishes."""
    await relay_once(chain.bus, chain.ledger, chain.settings.relay.patience, always)
    return (await chain.ledger.video(video_id))[0].status == status


async def _dies_before(
    worker: asyncio.subprocess.Process, chain: Chain, video_id: str, seconds: float = 60
) -> int | None:
    """How it ended, if it did before the video failed."""

    async def either() -> bool:
        return worker.returncode is not None or await _is(chain, video_id, "failed")

    await eventually(either, seconds)
    return worker.returncode
