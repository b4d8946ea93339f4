"""What every bus must do, whether it is RabbitMQ or its twin in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import Unroutable
from pipeline.ports import Bus, Delivery, Message
from pipeline.topology import DEAD, DELAY_HEADER, EVENTS, RETRY, derive, work_queue
from tests.chain import eventually, stages

RUNGS = [timedelta(seconds=1), timedelta(seconds=2)]
TRANSCODE, NOTIFY = work_queue("transcode"), work_queue("notify")


@pytest.fixture(params=["memory", "rabbitmq"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    topology = derive(stages(), RUNGS)
    if request.param == "memory":
        yield MemoryBus(topology)
        return
    node = request.getfixturevalue("rabbitmq")
    settings = BrokerSettings(url=SecretStr(node.amqp_url(node.new_vhost())))
    async with RabbitBus(settings, topology) as real:
        assert await real.ready()
        yield real


def event(name: str, body: bytes = b"{}", routing_key: str = "video.uploaded.v1") -> Message:
    return Message(name, "event", EVENTS, routing_key, body, {"about": name}, mandatory=True)


@asynccontextmanager
async def first_of(bus: Bus, queue: str) -> AsyncIterator[Delivery]:
    async with bus.consume(queue) as deliveries:
        yield await asyncio.wait_for(anext(deliveries), 10)


async def is_empty(bus: Bus, queue: str) -> bool:
    return await bus.depth(queue) == 0


async def test_an_event_reaches_the_queue_that_is_bound_to_its_topic_and_no_other(bus: Bus) -> None:
    await bus.publish(event("one", b"hello"))
    async with first_of(bus, TRANSCODE) as delivery:
        assert (delivery.body, delivery.message_id, delivery.headers["about"]) == (b"hello", "one", "one")
        await delivery.ack()
    assert await bus.depth(NOTIFY) == 0


async def test_a_version_that_is_too_new_still_reaches_its_queue(bus: Bus) -> None:
    await bus.publish(event("new", routing_key="video.uploaded.v99"))
    async with first_of(bus, TRANSCODE) as delivery:
        await delivery.ack()


async def test_a_mandatory_message_that_no_queue_takes_is_an_error(bus: Bus) -> None:
    with pytest.raises(Unroutable):
        await bus.publish(event("lost", routing_key="video.unheard_of.v1"))


async def test_a_message_that_nobody_must_take_may_go_nowhere(bus: Bus) -> None:
    await bus.publish(Message("free", "event", EVENTS, "video.user_notified.v1", b"{}"))


async def test_an_acked_message_is_gone(bus: Bus) -> None:
    await bus.publish(event("one"))
    async with first_of(bus, TRANSCODE) as delivery:
        await delivery.ack()
    await eventually(lambda: is_empty(bus, TRANSCODE))


async def test_a_rejected_message_comes_again(bus: Bus) -> None:
    await bus.publish(event("one"))
    async with first_of(bus, TRANSCODE) as delivery:
        await delivery.reject()
    async with first_of(bus, TRANSCODE) as again:
        assert again.message_id == "one"
        await again.ack()


async def test_only_one_delivery_is_given_out_before_it_is_acked(bus: Bus) -> None:
    for name in ("one", "two"):
        await bus.publish(event(name))
    async with first_of(bus, TRANSCODE) as delivery:
        assert await bus.depth(TRANSCODE) == 1
        await delivery.ack()


async def test_the_bus_counts_who_takes_from_a_queue(bus: Bus) -> None:
    async def counted(expected: int) -> None:
        async def is_so() -> bool:
            return await bus.consumers(TRANSCODE) == expected

        await eventually(is_so)

    await counted(0)
    async with bus.consume(TRANSCODE) as first, bus.consume(TRANSCODE) as second:
        waiting = [asyncio.ensure_future(anext(deliveries)) for deliveries in (first, second)]
        await counted(2)
        assert await bus.consumers(NOTIFY) == 0
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    await counted(0)


async def test_it_tells_its_version_and_of_each_queue_what_waits_there(bus: Bus) -> None:
    await bus.publish(event("one"))
    condition = await bus.condition()
    assert condition.product == "RabbitMQ"
    assert condition.version[0].isdigit()
    assert condition.queues.keys() == {queue.name for queue in derive(stages(), RUNGS).queues}
    assert condition.queues[TRANSCODE].ready == 1
    assert (condition.missing, condition.unlike) == ((), {})


async def test_a_rung_gives_a_message_back_to_the_queue_it_names_and_to_no_other(bus: Bus) -> None:
    await bus.publish(
        Message("later", "retry", RETRY, NOTIFY, b"again", {DELAY_HEADER: "1s"}, mandatory=True)
    )
    assert await bus.depth(NOTIFY) == 0
    async with first_of(bus, NOTIFY) as delivery:
        assert delivery.body == b"again"
        await delivery.ack()
    assert await bus.depth(TRANSCODE) == 0


async def test_a_rung_that_does_not_exist_is_an_error(bus: Bus) -> None:
    with pytest.raises(Unroutable):
        await bus.publish(Message("never", "retry", RETRY, NOTIFY, b"", {DELAY_HEADER: "3s"}, mandatory=True))


async def test_a_message_can_climb_rung_after_rung(bus: Bus) -> None:
    for name in ("first", "second"):
        await bus.publish(Message(name, "retry", RETRY, NOTIFY, b"", {DELAY_HEADER: "1s"}, mandatory=True))
        async with first_of(bus, NOTIFY) as delivery:
            assert delivery.message_id == name
            await delivery.ack()


async def test_a_dead_letter_lies_in_its_stages_dead_queue_with_its_headers(bus: Bus) -> None:
    await bus.publish(
        Message("dead", "dead", DEAD, "transcode", b"x", {"reelmill-reason": "why"}, mandatory=True)
    )
    async with bus.take(f"{DEAD}.transcode", 10) as letters:
        assert [letter.headers["reelmill-reason"] for letter in letters] == ["why"]


async def test_what_was_taken_and_not_acked_goes_back(bus: Bus) -> None:
    for name in ("keep", "drop"):
        await bus.publish(event(name))
    async with bus.take(TRANSCODE, 10) as taken:
        assert len(taken) == 2
        for delivery in taken:
            if delivery.message_id == "drop":
                await delivery.ack()

    async def one_is_left() -> bool:
        return await bus.depth(TRANSCODE) == 1

    await eventually(one_is_left)


async def test_two_consumers_share_a_thousand_messages_and_lose_none(bus: Bus) -> None:
    names = {f"message {number}" for number in range(1000)}
    seen: set[str] = set()

    async def consume() -> None:
        async with bus.consume(TRANSCODE) as deliveries:
            async for delivery in deliveries:
                seen.add(delivery.message_id)
                await delivery.ack()

    consumers = [asyncio.create_task(consume()) for _ in range(2)]
    await asyncio.gather(*(bus.publish(event(name)) for name in sorted(names)))

    async def all_seen() -> bool:
        return seen == names

    await eventually(all_seen, seconds=60)
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
