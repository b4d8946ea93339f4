"""The relay and the publishing that it makes up for: what was committed leaves, whoever is away meanwhile."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

from pipeline import outbox
from pipeline.adapters.memory_bus import MemoryBus
from pipeline.errors import DatabaseAway
from pipeline.outbox import MarkedLater, Published
from pipeline.ports import Message
from pipeline.relay import relay, relay_once
from pipeline.settings import RelaySettings
from pipeline.topology import EVENTS, work_queue
from tests.chain import Chain, always, eventually, in_memory

NOW = timedelta(0)
QUICK = RelaySettings(patience=NOW, poll=timedelta(milliseconds=10))
LOST = Message("lost", "event", EVENTS, "video.unheard_of.v1", b"{}", mandatory=True)


def message(name: str) -> Message:
    return Message(name, "event", EVENTS, "video.uploaded.v1", b"{}", mandatory=True)


def bus_of(chain: Chain) -> MemoryBus:
    assert isinstance(chain.bus, MemoryBus)
    return chain.bus


async def test_what_was_confirmed_is_marked_published() -> None:
    async with in_memory() as chain:
        added = await chain.ledger.add([message("one"), message("two")])
        assert await outbox.publish(chain.bus, chain.ledger, added) == Published(2, 0, away=False)
        assert await chain.ledger.overdue(NOW, 10) == []
        async with chain.bus.take(work_queue("transcode"), 10) as taken:
            assert [delivery.message_id for delivery in taken] == ["one", "two"]


async def test_an_outage_of_the_broker_leaves_the_rest_for_later() -> None:
    async with in_memory() as chain:
        added = await chain.ledger.add([message("one"), message("two")])
        bus_of(chain).away = True
        assert await outbox.publish(chain.bus, chain.ledger, added) == Published(0, 0, away=True)
        assert await chain.ledger.overdue(NOW, 10) == added


async def test_a_message_that_nobody_takes_stays_and_does_not_hold_up_the_next() -> None:
    async with in_memory() as chain:
        added = await chain.ledger.add([LOST, message("one")])
        assert await outbox.publish(chain.bus, chain.ledger, added) == Published(1, 1, away=False)
        assert await chain.ledger.overdue(NOW, 10) == [LOST]


async def test_a_database_that_is_away_after_the_publish_fails_nobody() -> None:
    class Unmarked:
        async def mark_published(self, ids: object) -> None:
            raise DatabaseAway

    async with in_memory() as chain:
        added = await chain.ledger.add([message("one")])
        chain.ledger.mark_published = Unmarked().mark_published  # type: ignore[method-assign]
        assert await outbox.publish(chain.bus, chain.ledger, added) == Published(1, 0, away=True)
        assert await chain.bus.depth(work_queue("transcode")) == 1


async def test_what_several_jobs_had_confirmed_is_marked_at_once_and_none_waits_for_it() -> None:
    marked: list[Collection[str]] = []

    class Counting:
        async def mark_published(self, ids: Collection[str]) -> None:
            marked.append(ids)

    later = MarkedLater(Counting())
    async with in_memory() as chain:
        for name in ("one", "two"):
            await outbox.publish(chain.bus, later, [message(name)])
        assert marked == []
        await later.drain()
        assert marked == [["one", "two"]]


async def test_what_a_runner_published_is_marked_when_it_has_ended() -> None:
    async with in_memory() as chain:
        video_id = await chain.upload()
        async with chain.running("transcode"):
            await chain.until(video_id, lambda _, steps: steps["transcode"].state == "done")
            await eventually(lambda: _waits_for(chain, "thumbnail"))
        assert await chain.ledger.overdue(NOW, 10) == []


async def _waits_for(chain: Chain, stage: str) -> bool:
    return await chain.bus.depth(work_queue(stage)) == 1


async def test_the_relay_takes_only_what_waited_longer_than_its_patience() -> None:
    async with in_memory() as chain:
        await chain.ledger.add([message("one")])
        assert await relay_once(chain.bus, chain.ledger, timedelta(hours=1), always) == 0
        assert await relay_once(chain.bus, chain.ledger, NOW, always) == 1
        assert await relay_once(chain.bus, chain.ledger, NOW, always) == 0


async def test_a_running_relay_publishes_what_others_left_once_the_broker_is_back() -> None:
    async with in_memory() as chain:
        bus_of(chain).away = True
        await chain.ledger.add([message("one")])
        task = asyncio.create_task(relay(chain.bus, chain.ledger, QUICK, "one"))
        await _leads(chain)
        bus_of(chain).away = False
        await eventually(lambda: _published(chain))
        await _stopped(task)


async def test_of_two_relays_one_works() -> None:
    async with in_memory() as chain:
        await chain.ledger.hold("relay", "other", timedelta(hours=1))
        await chain.ledger.add([message("one")])
        asked = 0
        hold = chain.ledger.hold

        async def counted(name: str, holder: str, duration: timedelta) -> bool:
            nonlocal asked
            asked += 1
            return await hold(name, holder, duration)

        chain.ledger.hold = counted  # type: ignore[method-assign]
        task = asyncio.create_task(relay(chain.bus, chain.ledger, QUICK, "one"))

        async def asked_three_times() -> bool:
            return asked >= 3

        await eventually(asked_three_times)
        await _stopped(task)
        assert not await _published(chain)


async def _leads(chain: Chain) -> None:
    async def taken() -> bool:
        return not await chain.ledger.hold("relay", "somebody else", NOW)

    await eventually(taken)


async def _published(chain: Chain) -> bool:
    return await chain.bus.depth(work_queue("transcode")) == 1


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
