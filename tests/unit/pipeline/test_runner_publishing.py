"""What a slot does while the broker takes its time to confirm: ADR 12."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.ports import Message
from pipeline.relay import relay_once
from pipeline.topology import Topology, derive
from tests.chain import Chain, always, eventually, in_memory


class Slow(MemoryBus):
    """Confirms what `transcode` publishes once `confirms` is set; everything else at once."""

    def __init__(self, topology: Topology) -> None:
        super().__init__(topology)
        self.confirms = asyncio.Event()
        self.asked: list[str] = []
        self.under_way = self.most_at_once = 0

    async def publish(self, message: Message) -> None:
        if message.type == "video.transcoded.v1":
            self.asked.append(str(message.video_id))
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
            await self.confirms.wait()
            self.under_way -= 1
        await super().publish(message)


@asynccontextmanager
async def slow_chain() -> AsyncIterator[tuple[Chain, Slow]]:
    async with in_memory() as chain:
        bus = Slow(derive(chain.stages, chain.settings.work.rungs))
        yield replace(chain, bus=bus), bus


async def test_the_next_job_is_done_while_the_broker_has_not_confirmed_what_the_last_one_told() -> None:
    async with slow_chain() as (chain, bus):
        first, second = await chain.upload("1"), await chain.upload("2")
        async with chain.running("transcode"):
            await _is_done(chain, second)
            assert bus.asked == [first], "the second's are not sent before the first's are confirmed"
            bus.confirms.set()
            await eventually(lambda: _has(bus.asked, 2))


async def test_a_slot_publishes_for_one_job_at_a_time() -> None:
    async with slow_chain() as (chain, bus):
        _, second, third = [await chain.upload(name) for name in "123"]
        async with chain.running("transcode"):
            await _is_done(chain, second)
            bus.confirms.set()
            await _is_done(chain, third)
            await eventually(lambda: _has(bus.asked, 3))
    assert bus.most_at_once == 1


async def test_what_a_slot_had_not_published_when_it_was_stopped_is_published_by_the_relay() -> None:
    async with slow_chain() as (chain, bus):
        videos = [await chain.upload(name) for name in "12"]
        async with chain.running("transcode"):
            await _is_done(chain, videos[1])
        assert await bus.depth("reelmill.transcode") == 0, "both were acked"
        assert await bus.depth("reelmill.thumbnail") == 0
        bus.confirms.set()
        await relay_once(chain.bus, chain.ledger, chain.settings.relay.patience * 0, always)
        assert await bus.depth("reelmill.thumbnail") == 2


async def _is_done(chain: Chain, video_id: str) -> None:
    await chain.until(video_id, lambda _, steps: steps["transcode"].state == "done")


async def _has(some: Sequence[str], count: int) -> bool:
    return len(some) >= count
