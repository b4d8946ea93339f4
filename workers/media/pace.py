"""What `-progress` says of an ffmpeg that runs: whether it gets on, and how far it is."""

from collections.abc import Callable


def _to_nobody(_seconds: float) -> None:
    pass


class Pace:
    """Newer ffmpegs go on telling while nothing moves, so that not every line is a move."""

    def __init__(self, tell: Callable[[float], None] = _to_nobody) -> None:
        """`tell` gets the seconds written."""
        self._tell = tell
        self._rest = b""
        self._furthest = -1

    def hear(self, block: bytes) -> bool:
        """Whether any output has become longer."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        before = self._furthest
        for line in lines:
            name, _, value = line.partition(b"=")
            if name == b"out_time_us" and value.strip().isdigit():
                self._furthest = max(self._furthest, int(value))
        if self._furthest > before:
            self._tell(self._furthest / 1_000_000)
        return self._furthest > before
