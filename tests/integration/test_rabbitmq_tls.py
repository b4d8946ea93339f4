"""TLS to a real RabbitMQ that shows a certificate of its own authority and wants to see one of ours."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.local.ports import HOST, pick_free
from pipeline.adapters.rabbitmq import RabbitBus
from pipeline.broker_settings import BrokerSettings
from pipeline.errors import BrokerAway
from tests.certificates import Certificates, certificates
from tests.integration.rabbit import QUEUE, TOPOLOGY, event
from tests.servers import RabbitServer, _server_folder

UNNAMED = "127.0.0.2"
"""An address of this machine that its certificate does not name."""
Seals = tuple[str, Certificates, Certificates]


@pytest.fixture(scope="module")
def sealed() -> Iterator[Seals]:
    """The address of a node that speaks TLS, its certificates, and those of a client that it accepts."""
    with _server_folder("rabbitmq-tls") as folder:
        own = folder / "rabbitmq"  # a node that runs in another system sees its own folder alone
        own.mkdir()
        node, client = certificates(own, "node"), certificates(own, "client")
        port = pick_free(["amqps"])["amqps"]
        options = {
            "listeners.ssl.local": f"{HOST}:{port}",
            "listeners.ssl.unnamed": f"{UNNAMED}:{port}",
            "ssl_options.cacertfile": str(client.authority),
            "ssl_options.certfile": str(node.certificate),
            "ssl_options.keyfile": str(node.key),
            "ssl_options.verify": "verify_peer",
            "ssl_options.fail_if_no_peer_cert": "true",
        }
        server = RabbitServer(folder, options)
        try:
            server.start()
            yield f"amqps://{server.user}:{server.password}@{HOST}:{port}/", node, client
        finally:
            server.close()


def speaking(url: str, **files: Path) -> RabbitBus:
    return RabbitBus(BrokerSettings.model_validate({"url": SecretStr(url), **files}), TOPOLOGY)


async def test_events_travel_over_tls_with_a_certificate_on_either_side(sealed: Seals) -> None:
    url, node, client = sealed
    files = {"ca_file": node.authority, "cert_file": client.certificate, "key_file": client.key}
    async with speaking(url, **files) as bus:
        await bus.publish(event("one"))
        async with bus.consume(QUEUE) as deliveries:
            delivery = await asyncio.wait_for(anext(deliveries), 20)
            assert delivery.message_id == "one"
            await delivery.ack()


async def test_a_node_that_nobody_vouches_for_is_not_spoken_to(sealed: Seals) -> None:
    url, _, client = sealed
    async with speaking(url, cert_file=client.certificate, key_file=client.key) as bus:
        with pytest.raises(BrokerAway, match="certificate verify failed"):
            await bus.publish(event("one"))


async def test_a_node_under_another_name_than_its_certificates_is_not_spoken_to(sealed: Seals) -> None:
    url, node, client = sealed
    files = {"ca_file": node.authority, "cert_file": client.certificate, "key_file": client.key}
    async with speaking(url.replace(HOST, UNNAMED), **files) as bus:
        with pytest.raises(BrokerAway, match="IP address mismatch"):
            await bus.publish(event("one"))


async def test_a_node_that_wants_a_certificate_refuses_who_shows_none(sealed: Seals) -> None:
    url, node, _ = sealed
    async with speaking(url, ca_file=node.authority) as bus:
        with pytest.raises(BrokerAway):
            await bus.publish(event("one"))
