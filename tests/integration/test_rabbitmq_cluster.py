"""Three RabbitMQ nodes on this host. Partitions take namespaces and minutes: `python -m chaos.cluster`."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from pydantic import SecretStr

from chaos.cluster.nodes import Cluster, on_loopback
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from tests.chain import eventually
from tests.integration.rabbit import QUEUE, TOPOLOGY, event, published
from tests.servers import _server_folder


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    with _server_folder("cluster") as folder:
        three = on_loopback(folder, ("one", "two", "three"))
        try:
            await three.start()
            yield three
        finally:
            await three.close()


async def test_a_cluster_whose_leader_is_killed_goes_on_and_loses_nothing_confirmed(cluster: Cluster) -> None:
    names = {f"event {number}" for number in range(60)}
    delivered: set[str] = set()
    settings = BrokerSettings(url=SecretStr(cluster.addresses))

    async def consume(bus: RabbitBus) -> None:
        async with bus.consume(QUEUE) as deliveries:
            async for delivery in deliveries:
                delivered.add(delivery.message_id)
                await delivery.ack()

    async def all_delivered() -> bool:
        return delivered == names

    async with RabbitBus(settings, TOPOLOGY) as bus, RabbitBus(settings, TOPOLOGY) as begun_meanwhile:
        assert await bus.ready()
        await cluster.whole()
        consuming = asyncio.create_task(consume(bus))
        for number in range(20):
            await bus.publish(event(f"event {number}"))
        await (await cluster.leader_of_most()).kill()
        # On 3.10 a channel that is opened before there is another leader is refused for as long as it lives.
        for number in range(20, 60):
            at_work = begun_meanwhile if number % 2 else bus
            await eventually(partial(published, at_work, f"event {number}"), seconds=60)
        await eventually(all_delivered, seconds=60)
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
