"""Declares exchanges and queues on a connection."""

import asyncio

from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelPreconditionFailed

from pipeline.adapters.rabbitmq.line import broker_away
from pipeline.errors import TopologyMismatch
from pipeline.topology import Queue, Topology

_DECLARE_SECONDS = 15
"""A new quorum queue takes a tenth of a second, on a busy machine one."""


async def declare(connection: AbstractConnection, topology: Topology) -> None:
    """Harmless where all is there. Raises BrokerAway, or TopologyMismatch naming what is not alike."""
    declaring = "a channel"
    with broker_away():
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


async def _declare_queue(channel: AbstractChannel, queue: Queue) -> None:
    declared = await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
    for binding in queue.bindings:
        await declared.bind(binding.exchange, binding.routing_key, arguments=dict(binding.arguments))
