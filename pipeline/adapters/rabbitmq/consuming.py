"""Consumes and looks at queues, on a connection of its own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue

from pipeline.adapters.rabbitmq.declaring import declare
from pipeline.adapters.rabbitmq.delivery import RabbitDelivery
from pipeline.adapters.rabbitmq.line import ANSWER_SECONDS, Line, broker_away, closed, gave_no_answer
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway
from pipeline.ports import Delivery
from pipeline.topology import Topology

log = structlog.get_logger()
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0)


class Consumer:
    def __init__(self, settings: BrokerSettings, topology: Topology) -> None:
        self._topology = topology
        self._line = Line("consume", settings)

    async def close(self) -> None:
        await self._line.close()

    async def deliveries(self, queue: str) -> AsyncGenerator[Delivery, None]:
        """Reopens its channel whenever that was lost. The job of a delivery runs while this generator waits,
        in its caller: what happens to the channel meanwhile cannot cancel it."""
        failures = 0
        while True:
            try:
                async with aclosing(self._until_lost(queue)) as messages:
                    async for message in messages:
                        failures = 0
                        yield RabbitDelivery(message)
                why: str | None = "cancelled by the broker, or its channel closed"
            except BrokerAway as error:
                why = error.detail
            log.warning("consumer_lost", queue=queue, why=why)
            await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)])
            failures += 1

    async def looked_at(self, queue: str) -> AbstractQueue:
        """With its counts. Raises BrokerAway."""
        async with self._channel(await self._line.connection()) as channel:
            with broker_away():
                return await channel.declare_queue(queue, passive=True, timeout=ANSWER_SECONDS)

    @asynccontextmanager
    async def take(self, queue: str, limit: int) -> AsyncIterator[Sequence[Delivery]]:
        async with self._channel(await self._line.connection()) as channel:
            taken: list[Delivery] = []
            with broker_away():
                source = await channel.get_queue(queue, ensure=False)
                while len(taken) < limit and (
                    message := await source.get(fail=False, timeout=ANSWER_SECONDS)
                ):
                    taken.append(RabbitDelivery(message))
            yield taken

    async def _until_lost(self, queue: str) -> AsyncGenerator[AbstractIncomingMessage, None]:
        connection = await self._line.connection()
        try:
            await declare(connection, self._topology)
            channel = await _opened(connection)
        except BrokerAway as error:
            if gave_no_answer(error):
                await self._line.give_up(connection)
            raise
        # From here on silence is that of one queue, and others' consumers share the connection.
        try:
            async with aclosing(_consumed(channel, queue)) as messages:
                async for message in messages:
                    yield message
        finally:
            await closed(channel)

    @asynccontextmanager
    async def _channel(self, connection: AbstractConnection) -> AsyncIterator[AbstractChannel]:
        channel = await _opened(connection)
        try:
            yield channel
        finally:
            await closed(channel)


async def _opened(connection: AbstractConnection) -> AbstractChannel:
    with broker_away():
        channel = connection.channel()
        async with asyncio.timeout(ANSWER_SECONDS):
            await channel.initialize()
    return channel


async def _consumed(channel: AbstractChannel, queue: str) -> AsyncGenerator[AbstractIncomingMessage, None]:
    """Messages one at a time until the channel closes or the broker cancels the consumer."""
    arrived: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
    with broker_away():
        async with asyncio.timeout(ANSWER_SECONDS):
            await channel.set_qos(prefetch_count=1)
            source = await channel.get_queue(queue, ensure=False)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(lambda _: arrived.put_nowait(None))
            channel.close_callbacks.add(lambda *_: arrived.put_nowait(None))
            await source.consume(arrived.put)
    while (message := await arrived.get()) is not None:
        yield message
