"""The bus on RabbitMQ: one connection to publish, one to consume, both found again when lost."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Self

from pipeline.adapters.rabbitmq.consuming import Consumer
from pipeline.adapters.rabbitmq.examination import examined
from pipeline.adapters.rabbitmq.publishing import Publisher
from pipeline.broker_settings import BrokerSettings
from pipeline.condition import BrokerCondition
from pipeline.ports import Delivery, Message
from pipeline.topology import Topology


class RabbitBus:
    """An async context manager. Opening it does not wait for the broker."""

    def __init__(self, settings: BrokerSettings, topology: Topology) -> None:
        self._settings, self._topology = settings, topology
        self._publisher = Publisher(settings, topology)
        self._consumer = Consumer(settings, topology)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._publisher.close()
        await self._consumer.close()

    async def publish(self, message: Message) -> None:
        await self._publisher.publish(message)

    async def ready(self) -> bool:
        return await self._publisher.ready()

    @asynccontextmanager
    async def consume(self, queue: str) -> AsyncIterator[AsyncIterator[Delivery]]:
        deliveries = self._consumer.deliveries(queue)
        try:
            yield deliveries
        finally:
            await deliveries.aclose()

    async def depth(self, queue: str) -> int:
        return (await self._consumer.looked_at(queue)).declaration_result.message_count or 0

    async def consumers(self, queue: str) -> int:
        return (await self._consumer.looked_at(queue)).declaration_result.consumer_count or 0

    async def condition(self) -> BrokerCondition:
        return await examined(self._settings, self._topology)

    def take(self, queue: str, limit: int) -> AbstractAsyncContextManager[Sequence[Delivery]]:
        return self._consumer.take(queue, limit)
