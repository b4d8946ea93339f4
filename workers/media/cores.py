"""Shares this machine's cores out among encodes: all of them on every core only get in each other's way."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from math import ceil
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")
"""A container's own, as it sees it. The first is of version 2, the others are of version 1."""
_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))


class CorePool:
    """Slots of `per_slot` cores each, of those this process may run on; what is left over goes to the first.

    Encoders start as many threads as they see cores, and ffmpeg 7 more: only to be held to them limits it.
    """

    def __init__(self, per_slot: int, cores: Iterable[int] | None = None) -> None:
        seen = sorted(os.sched_getaffinity(0) if cores is None else cores)
        mine = within(seen, _quota()) if cores is None else seen
        self.slots = max(1, len(mine) // per_slot)
        """How many encodes to run at a time."""
        self._free: list[tuple[int, ...]] = (
            _shares(mine, self.slots) if self.slots > 1 or mine != seen else [()]
        )
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


def quota(said: str) -> float | None:
    """How many cores' time a control group may use, from `200000 100000`: microseconds of each period. None
    for any: `max` in version 2, -1 in version 1."""
    words = said.split()
    if len(words) != 2 or not all(word.isdigit() and int(word) for word in words):
        return None
    return int(words[0]) / int(words[1])


def within(cores: Sequence[int], most: float | None) -> list[int]:
    """Neighbours, as many as there is time for. Any of them: containers of one machine see the same
    cores, and would all choose the first."""
    count = len(cores) if most is None else max(1, min(len(cores), ceil(most)))
    start = random.randint(0, len(cores) - count)  # noqa: S311 - nobody gains by guessing it
    return list(cores[start : start + count])


def _quota() -> float | None:
    for names in _QUOTAS:
        files = [_GROUP / name for name in names]
        if all(file.is_file() for file in files):
            return quota(" ".join(file.read_text() for file in files))
    return None


def _shares(cores: Sequence[int], slots: int) -> list[tuple[int, ...]]:
    """Neighbours together: they share caches, or are two threads of one core."""
    size, over = divmod(len(cores), slots)
    ends = [size * number + min(number, over) for number in range(slots + 1)]
    return [tuple(cores[start:end]) for start, end in pairwise(ends)]
