"""Looks an installation over: broker, store, database, clocks, secrets, and whether work gets on.

Through the ports only; it changes nothing, and tells no secret."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from pipeline.checkup.broker import of_ack_timeout, of_broker
from pipeline.checkup.clocks import of_clock
from pipeline.checkup.database import of_database
from pipeline.checkup.findings import Finding, Verdict, wrong
from pipeline.checkup.flow import of_flow, of_letters, of_stuck
from pipeline.checkup.secrets import held, of_secrets
from pipeline.checkup.store import of_store
from pipeline.condition import BrokerCondition
from pipeline.errors import BrokerAway, ReelmillError
from pipeline.ledger import Ledger
from pipeline.ports import Bus, Store
from pipeline.settings import Settings
from pipeline.stage import Stage
from pipeline.topology import work_queue

__all__ = ["Checkup", "Finding", "Verdict"]

log = structlog.get_logger()
_PATIENCE_SECONDS = 40
"""For one part: a broker or a store that is stopped answers nothing at all."""
_SILENCE_LEASES = 8
"""The sweep wakes what nobody took up for four leases; twice that is more than late."""
_STRANDED = timedelta(minutes=10)


@dataclass(frozen=True)
class Checkup:
    bus: Bus
    store: Store
    ledger: Ledger
    stages: tuple[Stage, ...]
    settings: Settings

    async def run(self) -> list[Finding]:
        """All parts side by side; one that is away does not keep the others from being looked at."""
        broker = asyncio.ensure_future(self.bus.condition())
        parts = {
            "broker": self._broker(broker),
            "store": self._store(),
            "database": self._database(broker),
        }
        found = await asyncio.gather(*(self._within(name, part) for name, part in parts.items()))
        broker.cancel()
        secrets = held(self.settings)
        return [
            _without(secrets, finding) for part in (*found, [*of_secrets(self.settings)]) for finding in part
        ]

    async def _within(self, name: str, part: AsyncIterator[Finding]) -> list[Finding]:
        findings: list[Finding] = []
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async for finding in part:
                    findings.append(finding)  # noqa: PERF401  what was found before it failed counts
        except ReelmillError as error:
            findings.append(wrong(name, f"{name}_away", error.plain, error.hint))
        except TimeoutError:
            said = f"The {name} did not answer everything within {_PATIENCE_SECONDS} s."
            findings.append(wrong(name, f"{name}_away", said, "See that it is not stopped or overloaded."))
        except Exception as error:  # a mistake of ours hides no more than what it is about
            log.exception("checkup_failed", part=name)
            said = f"The {name} could not be looked at: {type(error).__name__}."
            findings.append(wrong(name, "checkup_failed", said, "Look in the API's log, and tell us."))
        return findings

    async def _broker(self, broker: Awaitable[BrokerCondition]) -> AsyncIterator[Finding]:
        for finding in of_broker(await asyncio.shield(broker), self.stages):
            yield finding

    async def _store(self) -> AsyncIterator[Finding]:
        asked = datetime.now(UTC)
        told = await self.store.clock()
        # Such a date has no fractions of a second.
        yield of_clock("store", told, asked - timedelta(seconds=1), datetime.now(UTC))
        async for finding in of_store(self.store, self.settings.store):
            yield finding

    async def _database(self, broker: Awaitable[BrokerCondition]) -> AsyncIterator[Finding]:
        asked = datetime.now(UTC)
        database = await self.ledger.condition()
        yield of_clock("database", database.now, asked, datetime.now(UTC))
        for finding in of_database(database):
            yield finding
        if database.known and database.revision != database.head:
            return  # its rows cannot be read
        flow = await self.ledger.flow(_STRANDED)
        for finding in of_flow(flow, self.settings.relay):
            yield finding
        yield of_letters(await self.ledger.dead())
        try:
            seen = await asyncio.shield(broker)
            yield of_ack_timeout(seen, flow.longest_job)
            yield of_stuck(await self._stuck(seen))
        except BrokerAway:  # which is told of with the broker
            return

    async def _stuck(self, broker: BrokerCondition) -> dict[str, int]:
        """By stage; what waits in a queue is not stuck."""
        silence = self.settings.work.lease * _SILENCE_LEASES + self.settings.relay.sweep
        found: dict[str, int] = {}
        for stage in self.stages:
            queue = broker.queues.get(work_queue(stage.name))
            if (queue is None or not queue.ready) and (stuck := await self.ledger.stuck([stage], silence)):
                found[stage.name] = len(stuck)
        return found


def _without(secrets: Sequence[str], finding: Finding) -> Finding:
    """What a part says of its trouble may hold an address with its password."""
    said = finding.said
    for secret in secrets:
        said = said.replace(secret, "...")
    return replace(finding, said=said)
