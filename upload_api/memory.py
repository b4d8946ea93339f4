"""One budget of memory for all uploads of a process: who finds none left waits, and its client, too."""

import asyncio
from collections import deque

from upload_api.part import Part

LONG_ENOUGH = 3.0
"""Seconds for which the memory of one part may be held while other uploads wait for it."""


class Memory:
    """Bytes that may be held at a time; first come, first served."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._spare: list[bytearray] = []
        """Of one size; what is out and what is spare together never exceed the total."""

    @property
    def wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._queue)

    async def take(self, size: int) -> None:
        size = min(size, self._total)  # a part larger than the whole budget goes alone
        if self._take_now(size):
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self._queue = deque(entry for entry in self._queue if entry[1] is not turn)
            # Its turn may have come while it was told to stop; and who comes after it may need less.
            self.give(size if turn.done() and not turn.cancelled() else 0)
            raise

    def take_if_free(self, size: int) -> bool:
        return self._take_now(min(size, self._total))

    def give(self, size: int) -> None:
        self._free += min(size, self._total)
        if self._free == self._total:  # nobody uploads: the memory is for others
            self._spare.clear()
        while self._queue and self._queue[0][0] <= self._free:
            wants, turn = self._queue.popleft()
            if not turn.cancelled():
                self._free -= wants
                turn.set_result(None)

    def part(self, size: int) -> Part:
        """An empty one, for bytes that were taken."""
        if self._spare and len(self._spare[-1]) != size:
            self._spare.clear()
        return Part(self._spare.pop() if self._spare else bytearray(size))

    def reuse(self, part: Part) -> None:
        """Only what nobody reads any more; what is merely dropped is not used again."""
        self._spare.append(part.memory)

    def _take_now(self, size: int) -> bool:
        if self._queue or size > self._free:
            return False
        self._free -= size
        return True


class Room:
    """What one upload holds of the budget: room for the part that is collected and, where there is more, for
    another that is on its way to the store."""

    def __init__(self, memory: Memory, size: int) -> None:
        self._memory = memory
        self._size = size
        self._held = 0

    @property
    def held(self) -> bool:
        return self._held > 0

    @property
    def wanted(self) -> bool:
        """Whether another upload waits for what this one holds."""
        return self.held and self._memory.wanted

    async def one(self) -> None:
        """Waits until a part can be collected."""
        if self._held == 0:
            await self._memory.take(self._size)
            self._held = 1

    def two(self) -> bool:
        """Whether a part can be collected while another one is sent."""
        if self._held == 1 and self._memory.take_if_free(self._size):
            self._held = 2
        return self._held == 2

    def part(self) -> Part:
        """An empty one; there is to be room for it."""
        return self._memory.part(self._size)

    def reuse(self, part: Part) -> None:
        """Once it lies in the store."""
        self._memory.reuse(part)

    def keep_one(self) -> None:
        self._give(self._held - 1)

    def leave(self) -> None:
        self._give(self._held)

    def _give(self, parts: int) -> None:
        for _ in range(parts):
            self._held -= 1
            self._memory.give(self._size)
