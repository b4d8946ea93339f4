"""The relay: publishes what was committed and, whoever wrote it, is still unpublished after a while."""

import asyncio
from datetime import timedelta

import structlog

from pipeline import outbox
from pipeline.ledger import Ledger
from pipeline.patience import patiently
from pipeline.ports import Bus
from pipeline.settings import RelaySettings

log = structlog.get_logger()
_BATCH = 200
_LEASE = timedelta(seconds=15)


async def relay(bus: Bus, ledger: Ledger, settings: RelaySettings, holder: str) -> None:
    """Runs until cancelled. Of several relays one works, the others stand by."""
    while True:
        published = 0
        if await patiently(lambda: ledger.hold("relay", holder, _LEASE)) and await bus.ready():
            published = await relay_once(bus, ledger, settings.patience)
        if published < _BATCH:
            await asyncio.sleep(settings.poll.total_seconds())


async def relay_once(bus: Bus, ledger: Ledger, patience: timedelta) -> int:
    """One batch; returns how many messages the broker confirmed."""
    overdue = await patiently(lambda: ledger.overdue(patience, _BATCH))
    published = await outbox.publish(bus, ledger, overdue)
    if overdue:
        log.info("relayed", overdue=len(overdue), published=published)
    return published
