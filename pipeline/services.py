"""The composition root: settings in, open adapters out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from pipeline.adapters.database import Database
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.adapters.store import S3Store
from pipeline.ledger import Ledger
from pipeline.ports import Bus, Store
from pipeline.settings import Settings
from pipeline.stage import Stage
from pipeline.topology import derive


@dataclass(frozen=True)
class Services:
    settings: Settings
    stages: tuple[Stage, ...]
    bus: Bus
    store: Store
    ledger: Ledger


@asynccontextmanager
async def open_services(settings: Settings, stages: tuple[Stage, ...]) -> AsyncIterator[Services]:
    """Opens what a process needs; the broker may be away, and is then waited for in the background."""
    async with AsyncExitStack() as stack:
        database = Database(settings, stages)
        stack.push_async_callback(database.close)
        bus = RabbitBus(settings.broker, derive(stages, settings.work.rungs))
        await stack.enter_async_context(bus)
        store = S3Store(settings.store)
        stack.callback(store.close)
        yield Services(settings, stages, bus, store, database)
