"""Who works in a process at a time: many, or alone one whose job has killed workers before. Else it would
take its neighbours with it each time, and they would be counted as crashing too."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Quarantine:
    """Shared by all that works in a process. Who waits must hold no claim: the process may die meanwhile."""

    def __init__(self) -> None:
        self._working = 0
        self._alone = False
        self._suspects = 0
        """That wait to work alone."""
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def among_others(self) -> AsyncIterator[None]:
        """Waits while somebody works alone, or waits to."""
        await self._until(lambda: not self._alone and not self._suspects)
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            self._tell()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Waits until nobody else works, and lets nobody begin."""
        self._suspects += 1
        try:
            await self._until(lambda: not self._alone and not self._working)
            self._alone = True
        finally:
            self._suspects -= 1
            self._tell()
        try:
            yield
        finally:
            self._alone = False
            self._tell()

    async def _until(self, may: Callable[[], bool]) -> None:
        while not may():
            await self._changed.wait()

    def _tell(self) -> None:
        """Those who wait look again; nothing here is awaited, so that no cancellation leaves it half done."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
