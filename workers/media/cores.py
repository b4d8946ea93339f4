"""Shares this machine's cores out among encodes: all of them on every core only get in each other's way."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise


class CorePool:
    """Slots of `per_slot` cores each, of those this process may run on; what is left over goes to the first.

    Encoders start as many threads as they see cores, and ffmpeg 7 more: only to be held to them limits it.
    """

    def __init__(self, per_slot: int, cores: Iterable[int] | None = None) -> None:
        mine = sorted(os.sched_getaffinity(0) if cores is None else cores)
        self.slots = max(1, len(mine) // per_slot)
        """How many encodes to run at a time."""
        self._free: list[tuple[int, ...]] = _shares(mine, self.slots) if self.slots > 1 else [()]
        self._room = asyncio.Semaphore(self.slots)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[tuple[int, ...]]:
        """The cores of a slot that nobody else has meanwhile; none, which is any, where there is but one."""
        async with self._room:
            cores = self._free.pop()
            try:
                yield cores
            finally:
                self._free.append(cores)


def _shares(cores: Sequence[int], slots: int) -> list[tuple[int, ...]]:
    """Neighbours together: they share caches, or are two threads of one core."""
    size, over = divmod(len(cores), slots)
    ends = [size * number + min(number, over) for number in range(slots + 1)]
    return [tuple(cores[start:end]) for start, end in pairwise(ends)]
