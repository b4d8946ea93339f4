"""Videos on their way: uploads, workers and a relay, each with its own bus; our ledger, outbox and runner.

Handlers are stand-ins that answer at once: what is looked at is the flow. There is no sweep, which would send
again what a broker lost.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from pydantic import SecretStr

from chaos.cluster.book import Book
from pipeline.adapters.database import Database
from pipeline.adapters.database.migrate import migrate
from pipeline.adapters.memory_store import MemoryStore
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.events import Event, MetadataExtracted, StageFailed, UserNotified
from pipeline.job import Job
from pipeline.ports import Delivery, Message
from pipeline.relay import relay
from pipeline.settings import DatabaseSettings, Settings
from pipeline.topology import Topology, derive
from tests.chain import Chain, stages

WORKERS = 3
_PAUSE_SECONDS = 0.25
"""Between two uploads."""


class Noted(RabbitBus):
    """Writes down what it confirms and delivers."""

    def __init__(self, settings: BrokerSettings, topology: Topology, who: str, book: Book) -> None:
        super().__init__(settings, topology)
        self._who = who
        self._book = book

    async def publish(self, message: Message) -> None:
        await super().publish(message)
        self._book.confirm(self._who, message.id, expected=message.mandatory)

    @asynccontextmanager
    async def consume(self, queue: str) -> AsyncIterator[AsyncIterator[Delivery]]:
        async with super().consume(queue) as deliveries:
            yield self._noting(deliveries)

    async def _noting(self, deliveries: AsyncIterator[Delivery]) -> AsyncIterator[Delivery]:
        async for delivery in deliveries:
            self._book.delivered[delivery.message_id] += 1
            yield delivery


class Flow:
    def __init__(self, settings: Settings, book: Book) -> None:
        self._settings = settings
        self._book = book
        self._table = stages(notify=self._finish)
        self._store = MemoryStore()
        self._database = Database(settings, self._table)
        self._stack = AsyncExitStack()
        self._stopped = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ends when it is drained, and fails when any part of it died."""
        async with self._stack, asyncio.TaskGroup() as parts:
            self._stack.push_async_callback(self._database.close)
            background = [parts.create_task(self._relay(await self._chain("relay")))]
            for number in range(WORKERS):
                chain = await self._chain(f"worker {number + 1}")
                background += [parts.create_task(chain.runner(stage.name).run()) for stage in self._table]
            uploads = parts.create_task(self._upload(await self._chain("api")))
            yield
            self._stopped.set()
            await uploads
            await self._drained()
            for task in background:
                task.cancel()

    async def _chain(self, who: str) -> Chain:
        topology = derive(self._table, self._settings.work.rungs)
        noted = Noted(self._settings.broker, topology, who, self._book)
        bus = await self._stack.enter_async_context(noted)
        return Chain(self._settings, self._table, bus, self._store, self._database)

    async def _upload(self, chain: Chain) -> None:
        while not self._stopped.is_set():
            self._book.uploaded.append(await chain.upload())
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await self._stopped.wait()

    async def _relay(self, chain: Chain) -> None:
        await relay(chain.bus, chain.ledger, self._settings.relay, "chaos")

    async def _finish(self, _: MetadataExtracted | StageFailed, job: Job) -> Sequence[Event]:
        self._book.finish(job.video.id)
        return [UserNotified(delivered=True, about="ready")]

    async def _drained(self, within: float = 120) -> None:
        with suppress(TimeoutError):  # what did not end is in the book
            async with asyncio.timeout(within):
                while self._book.unfinished or self._book.lost:  # noqa: ASYNC110  # written in many places
                    await asyncio.sleep(0.2)


def flow_over(addresses: str, folder: Path, book: Book) -> Flow:
    settings = Settings(
        broker=BrokerSettings(url=SecretStr(addresses)),
        database=DatabaseSettings(url=f"sqlite:///{folder}/flow.db"),
    )
    migrate(settings.database)
    return Flow(settings, book)
