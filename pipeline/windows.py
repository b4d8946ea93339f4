"""How many chunks of one video each queue may hold and work on at a time: as its consumers are by now."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from pipeline.errors import ReelmillError
from pipeline.ports import Bus
from pipeline.topology import work_queue

log = structlog.get_logger()
_FRESH_SECONDS = 5
"""Workers come and go more seldom than chunks end."""
_PATIENCE_SECONDS = 2
"""A job that is done does not wait longer for a broker that is away."""


class Windows:
    """Of the stages named `queues`: `ahead` chunks for each consumer that the broker counts, or the last
    known while it is away."""

    def __init__(self, bus: Bus, queues: Sequence[str], ahead: int) -> None:
        self._bus = bus
        self._ahead = ahead
        self._known = dict.fromkeys(queues, ahead)
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def now(self) -> Mapping[str, int]:
        """Of slots that want to know at once one asks and the others wait for its answer."""
        async with self._asking:
            if self._known and time.monotonic() - self._asked_at > _FRESH_SECONDS:
                await self._refresh()
                self._asked_at = time.monotonic()
            return dict(self._known)

    async def _refresh(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._ask()
        except (ReelmillError, TimeoutError) as error:
            log.warning("windows_as_before", windows=self._known, why=str(error))

    async def _ask(self) -> None:
        for queue in self._known:
            consumers = await self._bus.consumers(work_queue(queue))
            self._known[queue] = self._ahead * max(1, consumers)
