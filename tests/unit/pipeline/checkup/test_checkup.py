"""An installation looked over as a whole, in memory: every part is told of, whatever another does."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.memory_store import MemoryStore
from pipeline.broker_settings import BrokerSettings
from pipeline.checkup import Checkup, Finding, Verdict
from pipeline.condition import BrokerCondition, DatabaseCondition
from pipeline.errors import BrokerAway, DatabaseAway
from pipeline.sweep import Sweep
from pipeline.topology import work_queue
from tests.chain import Chain, eventually, in_memory, settings_for

PASSWORD = "hard-to-guess"


@pytest.fixture
async def chain() -> AsyncIterator[Chain]:
    settings = settings_for()
    settings.broker = BrokerSettings(url=SecretStr(f"amqp://reelmill:{PASSWORD}@rabbitmq/"))
    async with in_memory(settings=settings) as chain:
        yield chain


async def looked_over(chain: Chain) -> dict[str, Finding]:
    checkup = Checkup(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings)
    return {finding.code: finding for finding in await checkup.run()}


async def test_every_part_is_told_of(chain: Chain) -> None:
    found = await looked_over(chain)
    parts = {"broker", "topology", "store", "database", "clocks", "secrets", "flow", "letters"}
    assert {finding.about for finding in found.values()} == parts


async def test_while_workers_relay_and_sweep_run_all_is_well(chain: Chain) -> None:
    await chain.ledger.hold("relay", "somebody", chain.settings.work.lease)
    await Sweep(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings).once()
    async with chain.running():
        await eventually(lambda: _all_are_taken_from(chain))
        found = await looked_over(chain)
    wrong = [finding for finding in found.values() if finding.verdict is Verdict.WRONG]
    assert [finding.code for finding in wrong if finding.about != "secrets"] == []


@pytest.mark.parametrize(
    ("away", "others"), [("bus", {"store_works", "migrations"}), ("store", {"migrations"})]
)
async def test_a_part_that_is_away_is_wrong_and_does_not_hide_the_others(
    chain: Chain, away: str, others: set[str]
) -> None:
    part = getattr(chain, away)
    assert isinstance(part, MemoryBus | MemoryStore)
    part.away = True
    found = await looked_over(chain)
    assert found["broker_away" if away == "bus" else "store_away"].verdict is Verdict.WRONG
    assert others <= found.keys()


async def test_a_database_that_is_away_does_not_hide_the_others(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> DatabaseCondition:
        raise DatabaseAway("connection refused")

    monkeypatch.setattr(chain.ledger, "condition", away)
    found = await looked_over(chain)
    assert "connection refused" in found["database_away"].said
    assert {"store_works", "broker_version"} <= found.keys()


async def test_a_mistake_in_one_part_is_told_and_does_not_hide_the_others(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken(_: object) -> None:
        raise KeyError("nobody thought of that")

    monkeypatch.setattr(chain.ledger, "flow", mistaken)
    found = await looked_over(chain)
    assert "KeyError" in found["checkup_failed"].said
    assert {"store_works", "broker_version", "migrations"} <= found.keys()


async def test_rows_of_a_database_that_is_not_migrated_are_not_read(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = await chain.ledger.condition()

    async def behind() -> DatabaseCondition:
        return replace(condition, revision=None)

    monkeypatch.setattr(chain.ledger, "condition", behind)
    found = await looked_over(chain)
    assert found["migrations"].verdict is Verdict.WRONG
    assert "outbox" not in found


async def test_no_secret_is_told_whatever_a_part_says_of_its_trouble(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def indiscreet() -> BrokerCondition:
        raise BrokerAway(f"no answer at {chain.settings.broker.url.get_secret_value()}")

    monkeypatch.setattr(chain.bus, "condition", indiscreet)
    found = await looked_over(chain)
    assert "no answer at amqp" in found["broker_away"].said
    assert not any(PASSWORD in finding.said + finding.next for finding in found.values())


async def test_what_waits_in_a_queue_is_not_stuck(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger alone cannot tell an event that waits its turn from one that got lost."""
    await chain.upload()

    async def of_the_first(stages: list[object], silence: object) -> list[object]:
        return [object()] if stages == [chain.stages[0]] else []

    monkeypatch.setattr(chain.ledger, "stuck", of_the_first)
    assert (await looked_over(chain))["stuck"].verdict is Verdict.OK
    async with chain.bus.take("reelmill.transcode", 1) as (delivery,):
        await delivery.ack()
    assert (await looked_over(chain))["stuck"].verdict is Verdict.WRONG


async def _all_are_taken_from(chain: Chain) -> bool:
    return all([await chain.bus.consumers(work_queue(stage.name)) for stage in chain.stages])
