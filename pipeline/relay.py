"""The relay: publishes what was committed and, whoever wrote it, is still unpublished after a while."""

import asyncio
from collections.abc import Awaitable, Callable
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

    async def is_ours() -> bool:
        return await patiently(lambda: ledger.hold("relay", holder, _LEASE))

    while True:
        await relay_once(bus, ledger, settings.patience, is_ours)
        await asyncio.sleep(settings.poll.total_seconds())


async def relay_once(
    bus: Bus, ledger: Ledger, patience: timedelta, is_ours: Callable[[], Awaitable[bool]]
) -> int:
    """Everything that is overdue now, as long as it is ours to do; returns how many messages the broker
    confirmed. What it refuses is stepped over: one message without a queue does not hold up the others."""
    confirmed = refused = 0
    while await is_ours() and await bus.ready():
        overdue = await patiently(partial(ledger.overdue, patience, _BATCH, refused))
        published = await outbox.publish(bus, ledger, overdue)
        confirmed, refused = confirmed + published.confirmed, refused + published.refused
        if published.away or len(overdue) < _BATCH:
            break
    if confirmed or refused:
        log.info("relayed", confirmed=confirmed, refused=refused)
    return confirmed
