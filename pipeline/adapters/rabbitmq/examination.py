"""Looks at a RabbitMQ without changing it: what is there of ours, and whether it is as we declare it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed

from pipeline.adapters.rabbitmq.line import Line, broker_away
from pipeline.adapters.rabbitmq.management import NotManaged, looked_at
from pipeline.broker_settings import BrokerSettings
from pipeline.condition import BrokerCondition, QueueCondition
from pipeline.topology import Exchange, Queue, Topology

_SECONDS = 20
"""For some fifty questions; each takes a millisecond."""


async def examined(settings: BrokerSettings, topology: Topology) -> BrokerCondition:
    """By a connection of its own: the others declare what is missing. Raises BrokerAway."""
    line = Line("checkup", settings)
    try:
        connection = await line.connection()
        with broker_away():
            async with asyncio.timeout(_SECONDS):
                condition = await _examined(connection, topology)
    finally:
        await line.close()
    try:
        return replace(condition, management=await looked_at(settings, topology))
    except NotManaged as error:
        return replace(condition, not_managed=str(error))


async def _examined(connection: AbstractConnection, topology: Topology) -> BrokerCondition:
    queues = {queue.name: await _queue(connection, queue) for queue in topology.queues}
    there = {exchange.name: await _exchange(connection, exchange) for exchange in topology.exchanges}
    unlike = {name: why for name, why in there.items() if why}
    for queue in topology.queues:
        if queues[queue.name] is not None and (why := await _refusal(connection, queue)):
            unlike[queue.name] = why
    missing = [name for name, found in {**there, **queues}.items() if found is None]
    product, version = _server(connection)
    return BrokerCondition(
        product,
        version,
        queues={name: found for name, found in queues.items() if found is not None},
        missing=tuple(missing),
        unlike=unlike,
    )


async def _queue(connection: AbstractConnection, queue: Queue) -> QueueCondition | None:
    try:
        async with connection.channel() as channel:
            found = (await channel.declare_queue(queue.name, passive=True)).declaration_result
            return QueueCondition(found.message_count or 0, found.consumer_count or 0)
    except ChannelNotFoundEntity:
        return None


async def _refusal(connection: AbstractConnection, queue: Queue) -> str | None:
    """What RabbitMQ says to our declaration of a queue that is there; it changes none."""
    try:
        async with connection.channel() as channel:
            await channel.declare_queue(queue.name, durable=True, arguments=dict(queue.arguments))
    except ChannelPreconditionFailed as error:
        return str(error)
    return None


async def _exchange(connection: AbstractConnection, exchange: Exchange) -> str | None:
    """None where it is missing, nothing where it is as declared, else what RabbitMQ says."""
    try:
        async with connection.channel() as channel:
            await channel.declare_exchange(exchange.name, exchange.type, passive=True)
        async with connection.channel() as channel:
            await channel.declare_exchange(exchange.name, exchange.type, durable=True)
    except ChannelNotFoundEntity:
        return None
    except ChannelPreconditionFailed as error:
        return str(error)
    return ""


def _server(connection: AbstractConnection) -> tuple[str, str]:
    told: Mapping[str, object] = {}
    if connection.transport is not None:
        told = connection.transport.connection.server_properties
    return _text(told.get("product")), _text(told.get("version"))


def _text(told: object) -> str:
    return told.decode() if isinstance(told, bytes) else str(told or "unknown")
