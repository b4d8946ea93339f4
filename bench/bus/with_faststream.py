"""FastStream on RabbitMQ doing the nearest thing it can to what a worker of ours does with an event."""

import asyncio

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue

from bench.bus.asked import Asked, Stamps, asked
from bench.bus.by_hand import Tables, opened

_WORK = RabbitQueue("bench.work", durable=True, queue_type=QueueType.QUORUM)
_NEXT = RabbitQueue("bench.next", durable=True, queue_type=QueueType.QUORUM)


def main() -> None:
    wanted = asked()
    channel = Channel(prefetch_count=1, publisher_confirms=True, on_return_raises=True)
    broker = RabbitBroker(wanted.broker, default_channel=channel, graceful_timeout=10, log_level=40)
    tables = opened(wanted.database) if wanted.database else None
    asyncio.run(_publish(broker, wanted) if wanted.publishes else _work(broker, wanted, tables))


async def _publish(broker: RabbitBroker, wanted: Asked) -> None:
    stamps = Stamps(wanted)
    async with broker:
        await broker.declare_queue(_WORK)
        await broker.declare_queue(_NEXT)
        for name in stamps.names():
            stamps.note(name)
            await broker.publish({"id": name}, queue=_WORK, persist=True, message_id=name)
            await asyncio.sleep(wanted.interval)
    stamps.write()


async def _work(broker: RabbitBroker, wanted: Asked, tables: Tables | None) -> None:
    stamps = Stamps(wanted)
    app = FastStream(broker)

    async def handle(body: dict[str, str], message: RabbitMessage) -> None:
        name = body["id"]
        if tables is None:
            stamps.note(name)
            await _follow(name)
        elif await asyncio.to_thread(tables.claim, name):
            stamps.note(name)
            await asyncio.to_thread(tables.commit, name, f"{name}-next")
            await _follow(name)
            await asyncio.to_thread(tables.published, f"{name}-next")
        await message.ack()
        if stamps.complete:
            app.exit()

    async def _follow(name: str) -> None:
        await broker.publish({"id": name}, queue=_NEXT, persist=True, message_id=f"{name}-next")

    async def tell() -> None:
        await broker.declare_queue(_NEXT)
        stamps.ready()

    broker.subscriber(_WORK, ack_policy=AckPolicy.MANUAL)(handle)
    app.after_startup(tell)
    await app.run()
    stamps.write()


if __name__ == "__main__":
    main()
