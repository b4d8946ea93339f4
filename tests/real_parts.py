"""An empty installation on servers that tests started: its settings, and the chain opened on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import SecretStr

from pipeline.adapters.database import Database
from pipeline.adapters.database.migrate import migrate
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.adapters.store import S3Store
from pipeline.broker_settings import BrokerSettings
from pipeline.settings import DatabaseSettings, Settings, StoreSettings, WorkSettings
from pipeline.stage import Stage
from pipeline.topology import derive
from tests.chain import Chain
from tests.servers import RabbitServer, S3Server

REAL_RUNGS = [timedelta(seconds=1), timedelta(seconds=2)]


def empty_installation(database_url: str, rabbit: RabbitServer, store: S3Server) -> Settings:
    """With a vhost and a bucket of its own, and short waits; its tables are made."""
    settings = Settings(
        database=DatabaseSettings(url=database_url),
        broker=BrokerSettings(url=SecretStr(rabbit.amqp_url(rabbit.new_vhost()))),
        store=StoreSettings(
            endpoint=store.endpoint,
            access_key=store.access_key,
            secret_key=SecretStr(store.secret_key),
            bucket=store.new_bucket(),
        ),
        work=WorkSettings(
            rungs=REAL_RUNGS, lease=timedelta(seconds=2), heartbeat=timedelta(milliseconds=200)
        ),
    )
    migrate(settings.database)
    return settings


@asynccontextmanager
async def opened_chain(settings: Settings, stages: tuple[Stage, ...]) -> AsyncIterator[Chain]:
    database, store = Database(settings, stages), S3Store(settings.store)
    try:
        async with RabbitBus(settings.broker, derive(stages, settings.work.rungs)) as bus:
            assert await bus.ready()
            yield Chain(settings, stages, bus, store, database)
    finally:
        store.close()
        await database.close()
