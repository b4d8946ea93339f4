"""The chain on real parts: RabbitMQ, an S3 server, and a database file or PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
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
from tests.integration.rabbit import TOPOLOGY

REAL_RUNGS = [timedelta(seconds=1), timedelta(seconds=2)]
OpenChain = Callable[[tuple[Stage, ...]], Awaitable[Chain]]


@pytest.fixture
def vhost_url(rabbitmq: Any) -> str:
    """An empty broker's address."""
    return str(rabbitmq.amqp_url(rabbitmq.new_vhost()))


@pytest.fixture
async def bus(vhost_url: str) -> AsyncIterator[RabbitBus]:
    async with RabbitBus(BrokerSettings(url=SecretStr(vhost_url)), TOPOLOGY) as real:
        assert await real.ready()
        yield real


@pytest.fixture(params=["sqlite", "postgresql"])
def real_settings(request: pytest.FixtureRequest, rabbitmq: Any, s3: Any, tmp_path: Path) -> Settings:
    """Of an empty installation: its own vhost, bucket and database."""
    url = f"sqlite:///{tmp_path}/reelmill.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    settings = Settings(
        database=DatabaseSettings(url=url),
        broker=BrokerSettings(url=SecretStr(rabbitmq.amqp_url(rabbitmq.new_vhost()))),
        store=StoreSettings(
            endpoint=s3.endpoint,
            access_key=s3.access_key,
            secret_key=SecretStr(s3.secret_key),
            bucket=s3.new_bucket(),
        ),
        work=WorkSettings(
            rungs=REAL_RUNGS, lease=timedelta(seconds=2), heartbeat=timedelta(milliseconds=200)
        ),
    )
    migrate(settings.database)
    return settings


@pytest.fixture
async def open_chain(real_settings: Settings) -> AsyncIterator[OpenChain]:
    """Opens a chain of those stages on real parts."""
    async with AsyncExitStack() as stack:

        async def opened(stages: tuple[Stage, ...]) -> Chain:
            database = Database(real_settings, stages)
            stack.push_async_callback(database.close)
            topology = derive(stages, REAL_RUNGS)
            bus = await stack.enter_async_context(RabbitBus(real_settings.broker, topology))
            assert await bus.ready()
            store = S3Store(real_settings.store)
            stack.callback(store.close)
            return Chain(real_settings, stages, bus, store, database)

        yield opened
