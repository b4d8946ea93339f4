"""What becomes of what aio-pika raises."""

import asyncio
from contextlib import suppress

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


async def test_an_order_to_stop_that_was_forgotten_meanwhile_is_given_again() -> None:
    async def forget() -> None:
        with broker_away(), suppress(asyncio.CancelledError):  # as `wait_for` does when its answer comes too
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    forgetting = asyncio.create_task(forget())
    await asyncio.sleep(0)
    forgetting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(forgetting, 5)


async def test_a_connection_lost_while_the_worker_stops_is_no_new_order() -> None:
    async def stop() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            abandoned: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            abandoned.cancel()
            with pytest.raises(BrokerAway), broker_away():
                await abandoned
        return "stopped"

    stopping = asyncio.create_task(stop())
    await asyncio.sleep(0)
    stopping.cancel()
    assert await stopping == "stopped"
