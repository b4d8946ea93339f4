"""A connection to RabbitMQ, opened when asked for and again when lost; it declares what we need."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPException, ChannelPreconditionFailed

from pipeline.errors import BrokerAway, TopologyMismatch
from pipeline.settings import BrokerSettings
from pipeline.topology import Queue, Topology

BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
_CONNECT_SECONDS = 5
_DECLARE_SECONDS = 15
"""A new quorum queue takes a tenth of a second, on a busy machine one."""
_PAUSE_SECONDS = 1
"""After a failed attempt the next callers are told at once: an upload must not wait for a dead broker."""

GONE = (AMQPException, OSError, TimeoutError, asyncio.InvalidStateError, RuntimeError)
"""RuntimeError is what aiormq says of a call on a connection that is closed already."""


@contextmanager
def broker_away() -> Iterator[None]:
    """Raises BrokerAway for whatever aio-pika says of a broker, connection or channel that is gone."""
    try:
        yield
    except GONE as error:
        raise BrokerAway(f"{type(error).__name__}: {error}") from error


class Line:
    def __init__(self, name: str, settings: BrokerSettings) -> None:
        self._name = name
        self._settings = settings
        self._connection: AbstractConnection | None = None
        self._lock = asyncio.Lock()
        self._failed_at = float("-inf")

    async def connection(self) -> AbstractConnection:
        """Raises BrokerAway."""
        async with self._lock:
            # `is_closed` stays false when it was the broker that closed it; `connected` tells.
            if self._connection is None or not self._connection.connected.is_set():
                self._connection = await self._opened()
            return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            with suppress(BrokerAway), broker_away():
                await self._connection.close()

    async def _opened(self) -> AbstractConnection:
        if time.monotonic() - self._failed_at < _PAUSE_SECONDS:
            raise BrokerAway("It did not answer a moment ago.")
        try:
            with broker_away():
                return await self._connect()
        except BrokerAway:
            self._failed_at = time.monotonic()
            raise

    async def _connect(self) -> AbstractConnection:
        return await aio_pika.connect(
            self._settings.url.get_secret_value(),
            timeout=_CONNECT_SECONDS,
            heartbeat=self._settings.heartbeat,
            client_properties={"connection_name": f"reelmill {self._name}"},
        )


async def declare(connection: AbstractConnection, topology: Topology) -> None:
    """Harmless where all is there. Raises BrokerAway, or TopologyMismatch naming what is not alike."""
    declaring = "a channel"
    try:
        async with asyncio.timeout(_DECLARE_SECONDS), connection.channel() as channel:
            for exchange in topology.exchanges:
                declaring = f"exchange {exchange.name}"
                await channel.declare_exchange(exchange.name, exchange.type, durable=True)
            for queue in topology.queues:
                declaring = f"queue {queue.name}"
                await _declare_queue(channel, queue)
    except ChannelPreconditionFailed as error:
        raise TopologyMismatch(f"It is the {declaring}: {error}") from error
    except GONE as error:
        raise BrokerAway(f"Declaring {declaring}: {type(error).__name__}: {error}") from error


async def _declare_queue(channel: AbstractChannel, queue: Queue) -> None:
    declared = await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
    for binding in queue.bindings:
        await declared.bind(binding.exchange, binding.routing_key, arguments=dict(binding.arguments))
