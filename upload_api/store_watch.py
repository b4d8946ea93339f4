"""Whether the store answers, asked before an upload's bytes are taken: without it they come for nothing."""

import asyncio
from collections.abc import Callable
from time import monotonic

from pipeline.errors import StoreAway
from pipeline.ports import Store

_YES_HOLDS, _NO_HOLDS = 0.2, 1.0
"""Seconds that an answer holds: many who come at once ask once, and do not all wait for one that is away."""


class StoreWatch:
    """One for each process."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._asking = asyncio.Lock()
        self._holds_until = float("-inf")
        self._answered = False

    async def require(self) -> None:
        """Raises StoreAway."""
        async with self._asking:
            if monotonic() >= self._holds_until:
                self._answered = await self._store().ready()
                self._holds_until = monotonic() + (_YES_HOLDS if self._answered else _NO_HOLDS)
            if not self._answered:
                raise StoreAway
