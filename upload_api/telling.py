"""Publishes what a request committed, without letting its client wait for a broker that is away or busy: what
is not through in a moment goes on behind its back, and what the process does not finish the relay does."""

import asyncio
from collections.abc import Sequence

from fastapi import Request

from pipeline import outbox
from pipeline.ports import Message
from pipeline.services import Services

MOMENT = 1.0
"""Seconds. To find out that a broker does not answer takes up to half a minute."""


async def tell(request: Request, services: Services, messages: Sequence[Message]) -> None:
    publishing = asyncio.create_task(outbox.publish(services.bus, services.ledger, messages))
    under_way: set[asyncio.Task[object]] = request.app.state.under_way
    under_way.add(publishing)
    publishing.add_done_callback(under_way.discard)
    await asyncio.wait({publishing}, timeout=MOMENT)
