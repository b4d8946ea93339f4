"""Publishes with confirms, on a connection of its own: while RabbitMQ is short of memory it blocks one that
publishes, with its acks."""

import asyncio
import time
from contextlib import suppress

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import DeliveryError, PublishError

from pipeline.adapters.rabbitmq.declaring import declare
from pipeline.adapters.rabbitmq.line import (
    ANSWER_SECONDS,
    Line,
    broker_away,
    closed,
    gave_no_answer,
    takes_messages,
)
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway, Unroutable
from pipeline.events import CONTENT_TYPE
from pipeline.ports import Message
from pipeline.topology import Topology

_CONFIRM_SECONDS = 15
"""A node that is cut off from the others, or stopped, gives no confirm and no error. One that works may need
10 s until it asks another leader than the one that fell silent."""
_PAUSE_SECONDS = 5
_ELECTION_SECONDS = 1
"""It takes a fifth of that where nothing else is to be done."""


class Publisher:
    def __init__(self, settings: BrokerSettings, topology: Topology) -> None:
        self._topology = topology
        self._line = Line("publish", settings)
        self._open: tuple[AbstractConnection, AbstractChannel] | None = None
        self._opening = asyncio.Lock()
        self._in_flight: set[str] = set()
        self._paused_until = float("-inf")
        self._confirmed_at = float("-inf")

    async def close(self) -> None:
        await self._line.close()

    async def ready(self) -> bool:
        with suppress(BrokerAway):
            _, channel = await self._opened()
            return not channel.is_closed
        return False

    async def publish(self, message: Message) -> None:
        """Returns once it is confirmed. Raises BrokerAway or Unroutable."""
        if message.id in self._in_flight:  # aiormq would mix up the confirms of two messages with one id
            raise BrokerAway("This message is being published already.")
        self._in_flight.add(message.id)
        try:
            await self._publish(message)
        finally:
            self._in_flight.discard(message.id)

    async def _publish(self, message: Message) -> None:
        connection, channel = await self._opened()
        began = time.monotonic()
        with broker_away():
            try:
                exchange = await channel.get_exchange(message.exchange, ensure=False)
                await exchange.publish(
                    _amqp(message), message.routing_key, mandatory=message.mandatory, timeout=_CONFIRM_SECONDS
                )
                self._confirmed_at = time.monotonic()
            except TimeoutError:
                if self._confirmed_at < began:  # else it is that queue alone, and the node does its work
                    await self._unconfirmed(connection)
                raise
            except PublishError as error:
                raise Unroutable(f"{message.exchange!r} has no queue for {message.routing_key}.") from error
            except DeliveryError:
                await self._refused(channel)
                raise

    async def _unconfirmed(self, connection: AbstractConnection) -> None:
        """A node that takes messages and confirms none does not do its work; another may."""
        if await takes_messages(connection):
            self._pause()
            await self._line.give_up(connection)

    async def _refused(self, channel: AbstractChannel) -> None:
        """A queue is without a leader. RabbitMQ 3.10 asks the one that a channel began with as long as the
        channel lives, also when it is gone for good: only another channel finds the next one."""
        if self._open is not None and self._open[1] is channel:
            self._open = None
            self._pause(_ELECTION_SECONDS)
            await closed(channel)

    def _pause(self, seconds: float = _PAUSE_SECONDS) -> None:
        """The next callers are told at once: not every upload is to wait for what will not come."""
        self._paused_until = time.monotonic() + seconds

    async def _opened(self) -> tuple[AbstractConnection, AbstractChannel]:
        async with self._opening:
            if time.monotonic() < self._paused_until:
                raise BrokerAway("It does not answer at the moment.")
            connection = await self._line.connection()
            if not await takes_messages(connection):
                raise BrokerAway("It takes no messages while it is short of memory or disk.")
            if self._open is None or self._open[0] is not connection or self._open[1].is_closed:
                self._open = connection, await self._channel(connection)
            return self._open

    async def _channel(self, connection: AbstractConnection) -> AbstractChannel:
        try:
            await declare(connection, self._topology)
            with broker_away():
                channel = connection.channel(on_return_raises=True)
                async with asyncio.timeout(ANSWER_SECONDS):
                    await channel.initialize()
        except BrokerAway as error:
            self._pause()
            if gave_no_answer(error):
                await self._line.give_up(connection)
            raise
        return channel


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
