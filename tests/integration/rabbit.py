"""What the tests of a real RabbitMQ share: a topology, an event, and ways to ask."""

from contextlib import suppress
from datetime import timedelta

import aio_pika

from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.errors import BrokerAway, Unroutable
from pipeline.ports import Message
from pipeline.topology import EVENTS, derive, work_queue
from tests.chain import stages

QUEUE = work_queue("transcode")
TOPOLOGY = derive(stages(), [timedelta(seconds=1)])


def event(name: str) -> Message:
    return Message(name, "event", EVENTS, "video.uploaded.v1", b"{}", mandatory=True)


async def published(bus: RabbitBus, name: str) -> bool:
    with suppress(BrokerAway, Unroutable):
        await bus.publish(event(name))
        return True
    return False


async def has_consumer(url: str) -> bool:
    with suppress(aio_pika.exceptions.AMQPError):
        async with await aio_pika.connect(url) as connection:
            queue = await (await connection.channel()).declare_queue(QUEUE, passive=True)
            return bool(queue.declaration_result.consumer_count)
    return False
