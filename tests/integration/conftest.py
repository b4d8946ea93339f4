"""The chain on real parts: RabbitMQ, an S3 server, and a database file or PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.settings import Settings
from pipeline.stage import Stage
from tests.chain import Chain
from tests.integration.rabbit import TOPOLOGY
from tests.real_parts import empty_installation, opened_chain

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
    return empty_installation(url, rabbitmq, s3)


@pytest.fixture
async def open_chain(real_settings: Settings) -> AsyncIterator[OpenChain]:
    """Opens a chain of those stages on real parts."""
    async with AsyncExitStack() as stack:

        async def opened(stages: tuple[Stage, ...]) -> Chain:
            return await stack.enter_async_context(opened_chain(real_settings, stages))

        yield opened
