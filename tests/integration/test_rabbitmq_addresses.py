"""Several addresses: any node that works will do, whatever the others are up to."""

import asyncio
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway
from tests.chain import eventually
from tests.integration.rabbit import QUEUE, TOPOLOGY, event, published
from tests.wire import wire

REFUSES = "amqp://guest:guest@127.0.0.1:1/"


@pytest.fixture
def hangs() -> Iterator[str]:
    """The address of one that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"amqp://guest:guest@127.0.0.1:{listening.getsockname()[1]}/"


def given(*addresses: str) -> BrokerSettings:
    return BrokerSettings(url=SecretStr(", ".join(addresses)))


@pytest.mark.parametrize("_start", range(4))  # each process begins at random
async def test_a_node_that_refuses_or_hangs_is_passed_over(vhost_url: str, hangs: str, _start: int) -> None:
    async with RabbitBus(given(REFUSES, hangs, vhost_url), TOPOLOGY) as bus:
        await asyncio.wait_for(bus.publish(event("one")), 20)
        async with bus.consume(QUEUE) as deliveries:
            assert (await asyncio.wait_for(anext(deliveries), 20)).message_id == "one"


async def test_when_no_node_answers_that_is_told_and_not_waited_for(hangs: str) -> None:
    async with RabbitBus(given(REFUSES, hangs), TOPOLOGY) as bus:
        for _ in range(3):
            with pytest.raises(BrokerAway):
                await asyncio.wait_for(bus.publish(event("one")), 20)


async def test_processes_begin_with_different_nodes(vhost_url: str) -> None:
    port = urlsplit(vhost_url).port
    assert port is not None
    async with wire(port) as one, wire(port) as other:
        addresses = given(one.address(vhost_url), other.address(vhost_url))
        for _ in range(40):
            async with RabbitBus(addresses, TOPOLOGY) as bus:
                await bus.publish(event("one"))
            if one.connections and other.connections:
                return
        pytest.fail("40 processes chose the same node")


async def test_a_line_that_was_lost_is_taken_up_with_another_node(vhost_url: str) -> None:
    port = urlsplit(vhost_url).port
    assert port is not None
    async with (
        wire(port) as one,
        wire(port) as other,
        RabbitBus(given(one.address(vhost_url), other.address(vhost_url)), TOPOLOGY) as bus,
    ):
        await bus.publish(event("before"))
        first, second = (one, other) if one.connections else (other, one)
        first.cut()
        await eventually(lambda: published(bus, "after"))
        assert (first.connections, second.connections) == (1, 1)


async def test_a_node_that_was_passed_over_is_told_without_its_password(vhost_url: str) -> None:
    addresses = given(REFUSES.replace("guest@", "secret@"), vhost_url)
    with capture_logs() as logs:
        while "broker_passed_over" not in [entry["event"] for entry in logs]:  # each begins at random
            async with RabbitBus(addresses, TOPOLOGY) as bus:
                await bus.publish(event("one"))
    assert "127.0.0.1:1" in str(logs)
    assert "secret" not in str(logs)
