"""Whether the store answers, asked before an upload's bytes are taken: without it they come for nothing."""

import asyncio
from collections.abc import Callable
from time import monotonic

from pipeline.errors import StoreAway
from pipeline.ports import Store

_HOLDS = 1.0
"""Seconds that an answer holds, a bad one too: many who come at once ask once."""


class StoreWatch:
    """One for each process."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._answered = False

    async def require(self) -> None:
        """Raises StoreAway."""
        async with self._asking:
            if monotonic() - self._asked_at > _HOLDS:
                self._answered = await self._store().ready()
                self._asked_at = monotonic()
            if not self._answered:
                raise StoreAway
