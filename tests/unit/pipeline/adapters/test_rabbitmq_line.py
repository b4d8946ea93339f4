"""What becomes of what aio-pika raises."""

import asyncio

import pytest

from pipeline.adapters.rabbitmq.line import broker_away
from pipeline.errors import BrokerAway


async def test_a_cancellation_that_nobody_asked_for_is_the_brokers_absence() -> None:
    abandoned: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    abandoned.cancel()  # as aiormq does to those who wait on a connection that it closes
    with pytest.raises(BrokerAway), broker_away():
        await abandoned


async def test_a_cancellation_of_ours_stays_one() -> None:
    async def wait() -> None:
        with broker_away():
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_timeout_around_it_still_ends_it() -> None:
    async def wait() -> None:
        with broker_away():
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wait(), 0.01)
