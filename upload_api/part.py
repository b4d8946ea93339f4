"""A part of a file as it is collected, in memory of a fixed size: what grows is copied over and over, and
fresh memory costs the kernel as much as the copy into it."""


class Part:
    def __init__(self, memory: bytearray) -> None:
        self.memory = memory
        self._view = memoryview(memory)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def full(self) -> bool:
        return self._size == len(self.memory)

    @property
    def data(self) -> memoryview:
        """What was put in, not copied."""
        return self._view[: self._size]

    def put(self, block: bytes | memoryview) -> memoryview:
        """Returns what does not fit."""
        rest = memoryview(block)
        fits = rest[: len(self.memory) - self._size]
        self._view[self._size : self._size + len(fits)] = fits
        self._size += len(fits)
        return rest[len(fits) :]
