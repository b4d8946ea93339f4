"""How far ahead a video's chunks are released, by who is there to take them."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from pipeline import windows
from pipeline.adapters.memory_bus import MemoryBus
from pipeline.topology import derive, work_queue
from pipeline.windows import Windows
from tests.chain import chunked_stages

QUEUES = ("head", "sound", "tail")


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(derive(chunked_stages(), [timedelta(seconds=1)]))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks the broker each time."""
    monkeypatch.setattr(windows, "_FRESH_SECONDS", -1)


async def test_each_consumer_of_a_queue_has_chunks_ahead_of_it(bus: MemoryBus) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(bus.consume(work_queue("tail")))
        assert await Windows(bus, QUEUES, 2).now() == {"head": 2, "sound": 2, "tail": 6}


async def test_a_queue_that_nobody_takes_from_yet_gets_as_many_as_for_one(bus: MemoryBus) -> None:
    assert await Windows(bus, QUEUES, 3).now() == {"head": 3, "sound": 3, "tail": 3}


async def test_the_last_known_counts_while_the_broker_is_away(bus: MemoryBus, impatient: None) -> None:
    ahead = Windows(bus, QUEUES, 2)
    async with bus.consume(work_queue("tail")), bus.consume(work_queue("tail")):
        before = await ahead.now()
        bus.away = True
    assert await ahead.now() == before == {"head": 2, "sound": 2, "tail": 4}


async def test_the_broker_is_not_asked_for_every_chunk(bus: MemoryBus) -> None:
    ahead = Windows(bus, ("tail",), 2)
    assert await ahead.now() == {"tail": 2}
    async with bus.consume(work_queue("tail")), bus.consume(work_queue("tail")):
        assert await ahead.now() == {"tail": 2}


async def test_a_stage_that_releases_nothing_asks_nothing(bus: MemoryBus) -> None:
    bus.away = True
    assert await Windows(bus, (), 2).now() == {}


async def test_slots_that_ask_while_the_broker_is_being_asked_hear_its_answer(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def hesitant(queue: str) -> int:
        asked.append(queue)
        await asyncio.sleep(0)
        return 4

    monkeypatch.setattr(bus, "consumers", hesitant)
    ahead = Windows(bus, ("head", "tail"), 2)
    assert await asyncio.gather(*(ahead.now() for _ in range(3))) == [{"head": 8, "tail": 8}] * 3
    assert asked == ["reelmill.head", "reelmill.tail"]
