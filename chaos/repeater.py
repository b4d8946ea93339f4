"""Publishes every event twice more, each copy at its own moment: a broker that delivers three times and in no
order. A copy has the same id and body as its event."""

import asyncio
import random
from types import TracebackType

import aio_pika
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage, AbstractRobustConnection

from pipeline.topology import EVENTS

_COPIES = 2
_MARK = "chaos-copy"


class Repeater:
    """While it is entered. Past every line."""

    def __init__(self, url: str, seed: int, latest: float) -> None:
        """A copy comes up to `latest` seconds after its event."""
        self.events = 0
        self.copies = 0
        self._url = url
        self._latest = latest
        self._chance = random.Random(f"repeats {seed}")
        self._connection: AbstractRobustConnection | None = None
        self._exchange: AbstractExchange | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Repeater":
        self._connection = await aio_pika.connect_robust(self._url)
        # No confirms: they go by the id of a message, and a copy has its event's.
        channel = await self._connection.channel(publisher_confirms=False)
        self._exchange = await channel.declare_exchange(EVENTS, "topic", durable=True)
        tap = await channel.declare_queue(exclusive=True)
        await tap.bind(self._exchange, "#")
        await tap.consume(self._saw, no_ack=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._under_way:
            task.cancel()
        assert self._connection is not None
        await self._connection.close()

    async def all_said(self) -> None:
        """Returns when every copy of what came so far is published."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _saw(self, message: AbstractIncomingMessage) -> None:
        if _MARK in message.headers:
            return
        self.events += 1
        for _ in range(_COPIES):
            task = asyncio.create_task(self._again(message, self._chance.uniform(0, self._latest)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _again(self, message: AbstractIncomingMessage, after: float) -> None:
        await asyncio.sleep(after)
        assert self._exchange is not None
        copy = aio_pika.Message(
            message.body,
            message_id=message.message_id,
            type=message.type,
            content_type=message.content_type,
            correlation_id=message.correlation_id,
            headers=dict(message.headers) | {_MARK: "1"},
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._exchange.publish(copy, message.routing_key or "", mandatory=False)
        self.copies += 1
