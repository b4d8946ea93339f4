"""The bus on RabbitMQ: one connection to publish, one to consume, both found again when lost."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Self

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import PublishError

from pipeline.adapters.rabbitmq.line import BACKOFF_SECONDS, Line, broker_away, declare
from pipeline.errors import BrokerAway, Unroutable
from pipeline.events import CONTENT_TYPE
from pipeline.ports import Delivery, Message
from pipeline.settings import BrokerSettings
from pipeline.topology import Topology

log = structlog.get_logger()
_OPEN_SECONDS = 10
_CONFIRM_SECONDS = 10
"""A broker that blocks us, for a memory alarm say, gives no confirm and no error."""
_BLOCKED_SECONDS = 5


class RabbitDelivery:
    def __init__(self, message: AbstractIncomingMessage) -> None:
        self._message = message

    @property
    def body(self) -> bytes:
        return self._message.body

    @property
    def message_id(self) -> str:
        return self._message.message_id or ""

    @property
    def headers(self) -> Mapping[str, object]:
        return self._message.headers

    async def ack(self) -> None:
        with suppress(BrokerAway), broker_away():
            await self._message.ack()

    async def reject(self) -> None:
        with suppress(BrokerAway), broker_away():
            await self._message.reject(requeue=True)


class RabbitBus:
    """An async context manager. Opening it does not wait for the broker."""

    def __init__(self, settings: BrokerSettings, topology: Topology) -> None:
        self._topology = topology
        self._publishing = Line("publish", settings)
        self._consuming = Line("consume", settings)
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._in_flight: set[str] = set()
        self._blocked_until = float("-inf")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._publishing.close()
        await self._consuming.close()

    async def publish(self, message: Message) -> None:
        if message.id in self._in_flight:  # aiormq would mix up the confirms of two messages with one id
            raise BrokerAway("This message is being published already.")
        self._in_flight.add(message.id)
        try:
            await self._publish(message)
        finally:
            self._in_flight.discard(message.id)

    async def _publish(self, message: Message) -> None:
        channel = await self._publishing_channel()
        with broker_away():
            try:
                exchange = await channel.get_exchange(message.exchange, ensure=False)
                await exchange.publish(
                    _amqp(message), message.routing_key, mandatory=message.mandatory, timeout=_CONFIRM_SECONDS
                )
            except TimeoutError:
                self._blocked_until = time.monotonic() + _BLOCKED_SECONDS
                raise
            except PublishError as error:
                raise Unroutable(f"{message.exchange!r} has no queue for {message.routing_key}.") from error

    @asynccontextmanager
    async def consume(self, queue: str) -> AsyncIterator[AsyncIterator[Delivery]]:
        deliveries = self._deliveries(queue)
        try:
            yield deliveries
        finally:
            await deliveries.aclose()

    async def depth(self, queue: str) -> int:
        return (await self._looked_at(queue)).declaration_result.message_count or 0

    async def consumers(self, queue: str) -> int:
        return (await self._looked_at(queue)).declaration_result.consumer_count or 0

    @asynccontextmanager
    async def take(self, queue: str, limit: int) -> AsyncIterator[Sequence[Delivery]]:
        async with self._own_channel() as channel:
            taken: list[Delivery] = []
            with broker_away():
                source = await channel.get_queue(queue, ensure=False)
                while len(taken) < limit and (message := await source.get(fail=False)):
                    taken.append(RabbitDelivery(message))
            yield taken

    async def ready(self) -> bool:
        with suppress(BrokerAway):
            return not (await self._publishing_channel()).is_closed
        return False

    async def _looked_at(self, queue: str) -> AbstractQueue:
        async with self._own_channel() as channel:
            with broker_away():
                return await channel.declare_queue(queue, passive=True)

    async def _publishing_channel(self) -> AbstractChannel:
        async with self._opening:
            if time.monotonic() < self._blocked_until:  # not every upload is to wait for what will not come
                raise BrokerAway("It does not answer at the moment.")
            if self._channel is None or self._channel.is_closed:
                self._channel = await self._opened_channel()
            return self._channel

    async def _opened_channel(self) -> AbstractChannel:
        connection = await self._publishing.connection()
        try:
            await declare(connection, self._topology)
            channel = connection.channel(on_return_raises=True)
            with broker_away():
                await channel.initialize(timeout=_OPEN_SECONDS)
        except BrokerAway:
            self._blocked_until = time.monotonic() + _BLOCKED_SECONDS
            raise
        return channel

    @asynccontextmanager
    async def _own_channel(self) -> AsyncIterator[AbstractChannel]:
        connection = await self._consuming.connection()
        channel = connection.channel()
        with broker_away():
            await channel.initialize(timeout=_OPEN_SECONDS)
        try:
            yield channel
        finally:
            with suppress(BrokerAway), broker_away():
                await channel.close()

    async def _deliveries(self, queue: str) -> AsyncGenerator[Delivery, None]:
        """Reopens its channel whenever that was lost. The job of a delivery runs while this generator waits,
        in its caller: what happens to the channel meanwhile cannot cancel it."""
        failures = 0
        while True:
            try:
                await declare(await self._consuming.connection(), self._topology)
                async with self._own_channel() as channel, aclosing(_consumed(channel, queue)) as messages:
                    async for message in messages:
                        failures = 0
                        yield RabbitDelivery(message)
                log.warning(
                    "consumer_lost", queue=queue, why="cancelled by the broker, or its channel closed"
                )
            except BrokerAway as error:
                log.warning("consumer_lost", queue=queue, why=error.detail)
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1


async def _consumed(channel: AbstractChannel, queue: str) -> AsyncGenerator[AbstractIncomingMessage, None]:
    """Messages one at a time until the channel closes or the broker cancels the consumer."""
    arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
    with broker_away():
        await channel.set_qos(prefetch_count=1)
        source = await channel.get_queue(queue, ensure=False)
        underlay = await channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(lambda _: arrived.put_nowait(None))
        channel.close_callbacks.add(lambda *_: arrived.put_nowait(None))
        await source.consume(arrived.put)
    while (message := await arrived.get()) is not None:
        yield message


def _amqp(message: Message) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        message_id=message.id,
        type=message.type,
        content_type=CONTENT_TYPE,
        correlation_id=message.video_id,
        headers=dict(message.headers),
        app_id="reelmill",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
