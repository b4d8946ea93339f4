"""Faults planted in a real installation, and what a checkup says of each."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import aio_pika
import pytest
from alembic import command
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url, text

from pipeline.adapters.database.migrate import alembic_config, migrate
from pipeline.broker_settings import BrokerSettings
from pipeline.checkup import Checkup, Finding, Verdict
from pipeline.services import open_services
from pipeline.settings import DatabaseSettings, Settings, StoreSettings
from pipeline.topology import derive
from tests.chain import eventually, stages
from tests.real_parts import REAL_RUNGS
from tests.servers import PostgresServer, RabbitServer

TOPOLOGY = derive(stages(), REAL_RUNGS)
OLD_RUNG = "reelmill.retry.5m"


@pytest.fixture
def settings(real_settings: Settings, rabbitmq: RabbitServer) -> Settings:
    address = rabbitmq.management_url.replace("://", f"://{rabbitmq.user}:{rabbitmq.password}@")
    real_settings.broker.management_url = SecretStr(address)
    return real_settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Checkup]:
    """Of an installation whose topology is declared."""
    async with open_services(settings, stages()) as services:
        await services.bus.ready()
        yield Checkup(services.bus, services.store, services.ledger, services.stages, settings)


async def looked_over(settings: Settings) -> dict[str, Finding]:
    async with opened(settings) as checkup:
        return await found(checkup)


async def found(checkup: Checkup) -> dict[str, Finding]:
    return {finding.code: finding for finding in await checkup.run()}


@asynccontextmanager
async def channel_to(settings: Settings) -> AsyncIterator[Any]:
    async with await aio_pika.connect(settings.broker.url.get_secret_value()) as connection:
        yield await connection.channel()


async def test_of_parts_that_are_well_only_what_does_not_run_is_wrong(settings: Settings) -> None:
    findings = await looked_over(settings)
    expected = {"no_consumer", "relay"}
    if settings.database.url.startswith("postgresql"):
        expected.add("database_unsafe")  # the tests' own server forgets, for speed
    assert {code for code, finding in findings.items() if finding.verdict is Verdict.WRONG} == expected
    well = {"broker_version", "broker_alarms", "topology_whole", "store_works", "migrations", "store_clock"}
    assert {findings[code].verdict for code in well} == {Verdict.OK}


async def test_a_queue_that_is_missing_is_named_and_not_made(settings: Settings) -> None:
    async with opened(settings) as checkup, channel_to(settings) as channel:
        await channel.queue_delete("reelmill.dead.notify")
        for _ in range(2):
            finding = (await found(checkup))["topology_missing"]
            assert finding.verdict is Verdict.WRONG
            assert "reelmill.dead.notify" in finding.said


async def test_an_exchange_that_is_missing_is_named(settings: Settings) -> None:
    async with opened(settings) as checkup, channel_to(settings) as channel:
        await channel.exchange_delete("reelmill.retry")
        assert "reelmill.retry" in (await found(checkup))["topology_missing"].said


async def test_a_queue_with_other_arguments_is_named(settings: Settings) -> None:
    async with opened(settings) as checkup, channel_to(settings) as channel:
        await channel.queue_delete("reelmill.notify")
        await channel.declare_queue("reelmill.notify", durable=True)
        finding = (await found(checkup))["topology_unlike"]
        assert finding.verdict is Verdict.WRONG
        assert "reelmill.notify" in finding.said
        assert "inequivalent arg" in finding.said


async def test_a_binding_that_is_gone_and_a_rung_of_before_are_told(settings: Settings) -> None:
    async with opened(settings) as checkup, channel_to(settings) as channel:
        queue = await channel.get_queue("reelmill.thumbnail")
        await queue.unbind("reelmill.events", "video.transcoded.*")
        await channel.declare_queue(OLD_RUNG, durable=True)
        findings = await found(checkup)
        assert "reelmill.thumbnail" in findings["topology_unbound"].said
        assert OLD_RUNG in findings["left_over"].said


async def test_an_ack_timeout_that_is_shorter_than_the_longest_job_is_wrong(settings: Settings) -> None:
    """Set by the queue itself: on 3.10, which does not heed it, that changes nothing else."""
    async with opened(settings) as checkup, channel_to(settings) as channel:
        name = "reelmill.transcode"
        declared = next(queue for queue in TOPOLOGY.queues if queue.name == name)
        await channel.queue_delete(name)
        arguments = dict(declared.arguments) | {"x-consumer-timeout": 60_000}
        await channel.declare_queue(name, durable=True, arguments=arguments)
        job = "INSERT INTO inbox (stage, event_id, state, fence, failures, crashes, claimed_at, finished_at)"
        took = "VALUES ('transcode', 'e', 'done', 1, 0, 0, '2026-01-01 10:00:00', '2026-01-01 11:00:00')"
        _execute(settings, f"{job} {took}")
        finding = (await found(checkup))["ack_timeout"]
        assert finding.verdict is Verdict.WRONG
        assert "waits 60 s" in finding.said
        assert "took 60 min" in finding.said


async def test_a_memory_alarm_is_wrong_and_gone_when_it_is_over(
    settings: Settings, rabbitmq: RabbitServer
) -> None:
    async with opened(settings) as checkup:
        with alarm(rabbitmq):
            await eventually(lambda: _has(checkup, "broker_alarm"))
        await eventually(lambda: _has(checkup, "broker_alarms"))


async def test_a_management_api_that_lets_nobody_in_is_said_and_no_password_with_it(
    settings: Settings, rabbitmq: RabbitServer
) -> None:
    address = rabbitmq.management_url.replace("://", "://nobody:not-the-password@")
    settings.broker.management_url = SecretStr(address)
    findings = await looked_over(settings)
    assert findings["not_managed"].verdict is Verdict.NOTE
    assert "monitoring" in findings["not_managed"].said
    assert "not-the-password" not in str(findings)


async def test_a_broker_that_is_not_there_is_wrong_and_the_others_are_told_of(settings: Settings) -> None:
    settings.broker = BrokerSettings(url=SecretStr("amqp://guest:guest@127.0.0.1:9/"))
    findings = await looked_over(settings)
    assert findings["broker_away"].verdict is Verdict.WRONG
    assert findings["store_works"].verdict is Verdict.OK


async def test_a_wrong_password_of_the_broker_is_told_as_that(settings: Settings) -> None:
    url = make_url(settings.broker.url.get_secret_value()).set(password="wrong-password")
    settings.broker = BrokerSettings(url=SecretStr(url.render_as_string(hide_password=False)))
    finding = (await looked_over(settings))["broker_away"]
    assert "ACCESS_REFUSED" in finding.said
    assert "wrong-password" not in finding.said


async def test_a_wrong_password_of_the_store_is_wrong_and_names_the_settings(settings: Settings) -> None:
    settings.store.secret_key = SecretStr("not-the-one")
    finding = (await looked_over(settings))["store_write"]
    assert finding.verdict is Verdict.WRONG
    assert "403" in finding.said
    assert "REELMILL_STORE__SECRET_KEY" in finding.next


async def test_a_store_without_the_bucket_is_wrong(settings: Settings) -> None:
    settings.store.bucket = "no-such-bucket"
    finding = (await looked_over(settings))["store_write"]
    assert "makes the bucket" in finding.next


async def test_a_store_whose_clock_is_off_is_wrong(settings: Settings) -> None:
    with answering_at("Wed, 21 Oct 2015 07:28:00 GMT") as endpoint:
        settings.store = StoreSettings(endpoint=endpoint, secret_key=SecretStr("any"))
        finding = (await looked_over(settings))["store_clock"]
    assert finding.verdict is Verdict.WRONG
    assert "behind" in finding.said


async def test_a_database_whose_clock_is_off_is_wrong(settings: Settings, postgres: PostgresServer) -> None:
    settings.database = DatabaseSettings(url=postgres.new_database())
    migrate(settings.database)
    name = make_url(settings.database.url).database
    _execute(
        settings,
        "CREATE SCHEMA skewed",
        "CREATE FUNCTION skewed.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
        "$$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$",
        f"ALTER DATABASE {name} SET search_path = skewed, pg_catalog, public",
    )
    finding = (await looked_over(settings))["database_clock"]
    assert finding.verdict is Verdict.WRONG
    assert "60 min ahead" in finding.said


async def test_a_migration_that_is_missing_is_wrong_and_the_rest_is_told(settings: Settings) -> None:
    command.downgrade(alembic_config(settings.database), "-1")
    findings = await looked_over(settings)
    assert findings["migrations"].verdict is Verdict.WRONG
    assert findings["store_works"].verdict is Verdict.OK


async def test_a_database_without_any_table_of_ours_is_wrong(settings: Settings, tmp_path: Path) -> None:
    settings.database = DatabaseSettings(url=f"sqlite:///{tmp_path}/empty.db")
    assert "no tables" in (await looked_over(settings))["migrations"].said


async def test_a_database_that_is_not_there_is_wrong(settings: Settings) -> None:
    settings.database = DatabaseSettings(url="postgresql+psycopg://u:its-password@127.0.0.1:9/x")
    finding = (await looked_over(settings))["database_away"]
    assert finding.verdict is Verdict.WRONG
    assert "its-password" not in finding.said


async def test_a_sqlite_that_is_not_in_wal_mode_is_wrong(settings: Settings, tmp_path: Path) -> None:
    """A file system that knows no shared memory keeps it from being."""
    settings.database = DatabaseSettings(url=f"sqlite:///file:{tmp_path}/plain.db?vfs=unix-dotfile&uri=true")
    migrate(settings.database)
    assert "journal_mode is delete" in (await looked_over(settings))["database_unsafe"].said


@contextmanager
def alarm(node: RabbitServer) -> Iterator[None]:
    """RabbitMQ is told that it may use no memory at all."""
    node.control("set_vm_memory_high_watermark", "0")
    try:
        yield
    finally:
        node.control("set_vm_memory_high_watermark", "0.4")


async def _has(checkup: Checkup, code: str) -> bool:
    return code in await found(checkup)


@contextmanager
def answering_at(date: str) -> Iterator[str]:
    """A server that refuses everything, at a time of its own."""

    class Refusing(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(403)
            self.send_header("Date", date)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _execute(settings: Settings, *statements: str) -> None:
    engine = create_engine(settings.database.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
