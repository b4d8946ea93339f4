"""What a real RabbitMQ does to connections that stay open: dead lines, alarms, closed channels, timeouts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import aio_pika
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway
from pipeline.topology import EVENTS, work_queue
from tests.chain import eventually
from tests.integration.rabbit import QUEUE, TOPOLOGY, event, has_consumer, published
from tests.servers import RabbitServer
from tests.wire import Wire, wire

OTHER = work_queue("thumbnail")


@asynccontextmanager
async def by_way_of(line: Wire, url: str) -> AsyncIterator[RabbitBus]:
    settings = BrokerSettings(url=SecretStr(line.address(url)), heartbeat=2)
    async with RabbitBus(settings, TOPOLOGY) as bus:
        assert await bus.ready()
        yield bus


@pytest.fixture
async def line(vhost_url: str) -> AsyncIterator[Wire]:
    port = urlsplit(vhost_url).port
    assert port is not None
    async with wire(port) as opened:
        yield opened


async def test_a_consumer_and_a_publisher_come_back_from_a_line_that_went_dead(
    line: Wire, vhost_url: str
) -> None:
    async with by_way_of(line, vhost_url) as bus, bus.consume(QUEUE) as deliveries:
        waiting = asyncio.ensure_future(anext(deliveries))
        await eventually(lambda: has_consumer(vhost_url))
        line.go_dead()
        await eventually(lambda: published(bus, "after"), seconds=60)
        delivery = await asyncio.wait_for(waiting, 60)
        assert delivery.message_id == "after"
        await delivery.ack()


async def test_a_node_that_takes_messages_and_confirms_none_is_given_up(line: Wire, vhost_url: str) -> None:
    async with RabbitBus(BrokerSettings(url=SecretStr(line.address(vhost_url))), TOPOLOGY) as bus:
        await bus.publish(event("before"))
        line.swallow()
        with pytest.raises(BrokerAway):
            await bus.publish(event("swallowed"))
        assert line.connections == 1
        await eventually(lambda: published(bus, "after"), seconds=60)
        assert line.connections == 2


async def test_a_publisher_declares_again_what_somebody_deleted(bus: RabbitBus, vhost_url: str) -> None:
    await bus.publish(event("before"))
    async with await aio_pika.connect(vhost_url) as connection:
        await (await connection.channel()).exchange_delete(EVENTS)
    with pytest.raises(BrokerAway):
        await bus.publish(event("nowhere"))
    await eventually(lambda: published(bus, "after"))
    assert await bus.depth(QUEUE) == 2


ALARMS = {
    "memory": (("set_vm_memory_high_watermark", "0.000001"), ("set_vm_memory_high_watermark", "0.4")),
    "disk": (("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "50MB")),
}


@contextmanager
def alarm(node: RabbitServer, kind: str) -> Iterator[None]:
    raised, cleared = ALARMS[kind]
    node.control(*raised)
    try:
        yield
    finally:
        node.control(*cleared)


@pytest.mark.parametrize("kind", ALARMS)
async def test_under_an_alarm_acks_still_go_and_publishing_goes_on_when_it_is_over(
    bus: RabbitBus, rabbitmq: RabbitServer, kind: str
) -> None:
    for name in ("one", "two"):
        await bus.publish(event(name))
    async with bus.consume(QUEUE) as deliveries:
        first = await asyncio.wait_for(anext(deliveries), 20)
        with alarm(rabbitmq, kind), capture_logs() as logs:
            with pytest.raises(BrokerAway):
                await bus.publish(event("unconfirmed"))
            with pytest.raises(BrokerAway, match="short of memory or disk"):
                await bus.publish(event("told at once"))
            await first.ack()  # prefetch is 1: the second comes only once this ack has arrived
            second = await asyncio.wait_for(anext(deliveries), 20)
            assert (first.message_id, second.message_id) == ("one", "two")
            await second.ack()
        await eventually(lambda: published(bus, "after"))
    # RabbitMQ lets no blocked connection go before the alarm is over: each more would cost it memory.
    assert "broker_given_up" not in [entry["event"] for entry in logs]


@pytest.fixture
def hasty_timeout(rabbitmq: RabbitServer) -> Iterator[None]:
    """Acks are due within a second, and looked for twice a second, on channels opened from now on."""

    def expect(timeout: int, look: int) -> None:
        values = {"consumer_timeout": timeout, "channel_tick_interval": look}
        calls = [f"application:set_env(rabbit, {name}, {value})" for name, value in values.items()]
        rabbitmq.control("eval", ", ".join(calls) + ".")

    expect(1000, 500)
    yield
    expect(30 * 60_000, 60_000)


@pytest.mark.usefixtures("hasty_timeout")
async def test_a_delivery_whose_ack_came_too_late_comes_again_and_costs_nothing_else(bus: RabbitBus) -> None:
    await bus.publish(event("slow"))
    with capture_logs() as logs:
        async with bus.consume(QUEUE) as deliveries:
            late = await asyncio.wait_for(anext(deliveries), 20)
            again = await asyncio.wait_for(anext(deliveries), 60)
            await late.ack()
            assert (late.message_id, again.message_id) == ("slow", "slow")
            await again.ack()
    assert "consumer_lost" in [entry["event"] for entry in logs]
    await eventually(lambda: _is_empty(bus))


async def _is_empty(bus: RabbitBus) -> bool:
    return await bus.depth(QUEUE) == 0


@contextmanager
def speechless(node: RabbitServer, url: str, queue: str) -> Iterator[None]:
    """That queue takes messages and answers nothing, as one may do for good that was being declared when its
    node was killed."""
    process = f"'{url.rpartition('/')[2]}_{queue}'"
    node.control("eval", f"sys:suspend({process}).")
    try:
        yield
    finally:
        node.control("eval", f"sys:resume({process}).")


async def test_a_queue_that_does_not_answer_costs_the_others_nothing(
    bus: RabbitBus, rabbitmq: RabbitServer, vhost_url: str
) -> None:
    await bus.publish(event("before"))
    with speechless(rabbitmq, vhost_url, QUEUE), capture_logs() as logs:
        async with bus.consume(QUEUE) as stuck, bus.consume(OTHER) as others:
            consuming = asyncio.ensure_future(anext(stuck))
            publishing = asyncio.ensure_future(bus.publish(event("unconfirmed")))
            while not publishing.done() or not any(line["event"] == "consumer_lost" for line in logs):
                await bus.publish(replace(event("other"), routing_key="video.transcoded.v1"))
                await (await asyncio.wait_for(anext(others), 20)).ack()
            with pytest.raises(BrokerAway):
                await publishing
            consuming.cancel()
            await asyncio.wait({consuming})
    assert "broker_given_up" not in [entry["event"] for entry in logs]
    await eventually(lambda: published(bus, "after"))
