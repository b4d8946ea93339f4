"""What only a real RabbitMQ can show: restarts, lost channels, cancelled consumers, older declarations."""

import asyncio
import os
import signal
from typing import Any

import aio_pika
import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway, TopologyMismatch
from tests.chain import eventually
from tests.integration.rabbit import QUEUE, TOPOLOGY, event, has_consumer, published


async def test_a_queue_declared_otherwise_before_is_named_in_a_clear_error(vhost_url: str) -> None:
    async with await aio_pika.connect(vhost_url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(QUEUE, durable=True)
    async with RabbitBus(BrokerSettings(url=SecretStr(vhost_url)), TOPOLOGY) as bus:
        with pytest.raises(TopologyMismatch, match=QUEUE):
            await bus.ready()


async def test_a_broker_that_is_not_there_is_told_at_once() -> None:
    nowhere = BrokerSettings(url=SecretStr("amqp://guest:guest@127.0.0.1:1/"))
    async with RabbitBus(nowhere, TOPOLOGY) as bus:
        for _ in range(3):
            with pytest.raises(BrokerAway):
                await asyncio.wait_for(bus.publish(event("one")), 5)
        assert not await bus.ready()


async def test_a_consumer_comes_back_after_the_broker_cancelled_it(bus: RabbitBus, vhost_url: str) -> None:
    async with bus.consume(QUEUE) as deliveries:
        waiting = asyncio.ensure_future(anext(deliveries))
        await eventually(lambda: has_consumer(vhost_url))
        with capture_logs() as logs:
            async with await aio_pika.connect(vhost_url) as connection:
                await (await connection.channel()).queue_delete(QUEUE)
            # RabbitMQ 3.10 forgets to tell a consumer whose queue is there again within milliseconds.
            await eventually(lambda: _noticed(logs))
        await eventually(lambda: published(bus, "after"))
        assert (await asyncio.wait_for(waiting, 20)).message_id == "after"


async def test_a_consumer_and_a_publisher_come_back_after_their_connections_were_closed(
    bus: RabbitBus, rabbitmq: Any, vhost_url: str
) -> None:
    async with bus.consume(QUEUE) as deliveries:
        waiting = asyncio.ensure_future(anext(deliveries))
        await eventually(lambda: has_consumer(vhost_url))
        await _close_connections(rabbitmq, vhost_url.rpartition("/")[2])
        await eventually(lambda: published(bus, "after"))
        assert (await asyncio.wait_for(waiting, 20)).message_id == "after"


async def test_what_was_confirmed_survives_the_brokers_death(
    bus: RabbitBus, rabbitmq: Any, vhost_url: str
) -> None:
    await bus.publish(event("kept"))
    # On 3.10 a broker killed within a second of declaring a quorum queue may not find it again.
    await eventually(lambda: _settled(rabbitmq, vhost_url))
    rabbitmq.kill()  # from this thread: the node dies with the thread that started it
    with pytest.raises(BrokerAway):
        await bus.publish(event("refused"))
    rabbitmq.start()
    async with bus.consume(QUEUE) as deliveries:
        delivery = await asyncio.wait_for(anext(deliveries), 30)
        assert delivery.message_id == "kept"
        await delivery.ack()


async def _noticed(logs: list[Any]) -> bool:
    return any(line["event"] == "consumer_lost" for line in logs)


async def _settled(node: Any, url: str) -> bool:
    """Whether the management database shows the message: written some seconds after the declaration."""
    async with httpx.AsyncClient(auth=(node.user, node.password)) as client:
        queue = (
            await client.get(f"{node.management_url}/api/queues/{url.rpartition('/')[2]}/{QUEUE}")
        ).json()
    return bool(queue.get("messages_ready") == 1)


async def _close_connections(node: Any, vhost: str) -> None:
    """Through the management API, which sees a new connection some seconds late."""
    async with httpx.AsyncClient(auth=(node.user, node.password)) as client:

        async def closed() -> bool:
            listed = (await client.get(f"{node.management_url}/api/vhosts/{vhost}/connections")).json()
            for connection in listed:
                await client.delete(f"{node.management_url}/api/connections/{connection['name']}")
            return len(listed) >= 2

        await eventually(closed)


async def test_a_broker_that_confirms_nothing_holds_up_one_publish_and_not_every_one(
    bus: RabbitBus, rabbitmq: Any
) -> None:
    await bus.publish(event("before"))
    os.kill(rabbitmq.pid, signal.SIGSTOP)
    try:
        with pytest.raises(BrokerAway):
            await bus.publish(event("unconfirmed"))
        with pytest.raises(BrokerAway):
            await asyncio.wait_for(bus.publish(event("told at once")), 1)
    finally:
        os.kill(rabbitmq.pid, signal.SIGCONT)
    await eventually(lambda: published(bus, "after"), seconds=40)
