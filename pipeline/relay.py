"""The relay: publishes what was committed and, whoever wrote it, is still unpublished after a while."""

import asyncio
from datetime import timedelta
from functools import partial

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
        if await patiently(lambda: ledger.hold("relay", holder, _LEASE)):
            await relay_once(bus, ledger, settings.patience)
        await asyncio.sleep(settings.poll.total_seconds())


async def relay_once(bus: Bus, ledger: Ledger, patience: timedelta) -> int:
    """Everything that is overdue now; returns how many messages the broker confirmed. What it refuses is
    stepped over, so that one message without a queue does not hold up the others."""
    published = refused = 0
    while await bus.ready():
        overdue = await patiently(partial(ledger.overdue, patience, _BATCH, refused))
        confirmed = await outbox.publish(bus, ledger, overdue)
        published, refused = published + confirmed, refused + len(overdue) - confirmed
        if len(overdue) < _BATCH:
            break
    if published or refused:
        log.info("relayed", published=published, left=refused)
    return published
