"""FastStream on RabbitMQ doing the nearest thing it can to what a worker of ours does with an event."""

import asyncio
from collections.abc import Coroutine

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue

from bench.bus.asked import Asked, Stamps, asked
from bench.bus.by_hand import Tables, opened

_WORK = RabbitQueue("bench.work", durable=True, queue_type=QueueType.QUORUM)
_MOMENT_SECONDS = 0.5
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


class Behind:
    """Publishes while the next event is fetched and claimed, of one event at a time, and marks what was
    confirmed half a second later, in one transaction: as we do it."""

    def __init__(self, tables: Tables | None) -> None:
        self._tables = tables
        self._publishing: asyncio.Task[None] | None = None
        self._marking: asyncio.Task[None] | None = None
        self._confirmed: list[str] = []

    async def publish(self, publishing: Coroutine[None, None, None], name: str) -> None:
        if self._publishing is not None:
            await self._publishing
        self._publishing = asyncio.create_task(self._published(publishing, name))

    async def drain(self) -> None:
        for task in (self._publishing, self._marking):
            if task is not None:
                await task

    async def _published(self, publishing: Coroutine[None, None, None], name: str) -> None:
        await publishing
        self._confirmed.append(name)
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        assert self._tables is not None
        while self._confirmed:  # also what was confirmed while the last ones were marked
            await asyncio.sleep(_MOMENT_SECONDS)
            confirmed, self._confirmed = self._confirmed, []
            await asyncio.to_thread(self._tables.published, confirmed)


async def _work(broker: RabbitBroker, wanted: Asked, tables: Tables | None) -> None:
    stamps = Stamps(wanted)
    app = FastStream(broker)

    behind = Behind(tables)

    async def handle(body: dict[str, str], message: RabbitMessage) -> None:
        name = body["id"]
        if tables is None:
            stamps.note(name)
            await _follow(name)
            await message.ack()
        elif await asyncio.to_thread(tables.claim, name):
            stamps.note(name)
            await asyncio.to_thread(tables.commit, name, f"{name}-next")
            await message.ack()
            await behind.publish(_follow(name), f"{name}-next")
        if stamps.complete:
            await behind.drain()
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
