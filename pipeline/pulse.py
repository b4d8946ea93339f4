"""A file that a worker touches while it can work; `python -m pipeline.pulse` says whether that was lately.

Asked every few seconds in every container: it imports nothing that takes long to load.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pipeline.errors import ReelmillError

VARIABLE = "REELMILL_WORK__PULSE"
_PAUSE = 5.0
_PATIENCE = 10.0
"""Seconds that the parts may take to answer."""
_STALE = 30.0
"""Seconds: longer than a turn of the loop below takes at its slowest."""


async def beat(file: Path, can_work: Callable[[], Awaitable[bool]], pause: float = _PAUSE) -> None:
    """Touches `file` as long as our event loop turns and the parts answer; without end."""
    _forget(file)
    while True:
        if await _answers(can_work):
            _touch(file)
        await asyncio.sleep(pause)


def _forget(file: Path) -> None:
    """What a process before us left, say in a container that was started again."""
    file.unlink(missing_ok=True)


def _touch(file: Path) -> None:
    file.touch()


async def _answers(can_work: Callable[[], Awaitable[bool]]) -> bool:
    """In a task of its own: clients of a broker cancel whoever waits for a connection that is lost."""
    asked = asyncio.ensure_future(can_work())
    try:
        await asyncio.wait({asked}, timeout=_PATIENCE)
        return asked.done() and not asked.cancelled() and asked.result()
    except ReelmillError:
        return False
    finally:
        asked.cancel()


def complaint(file: Path, now: float) -> str | None:
    """What is wrong with the worker whose file it is; None when it can work."""
    try:
        age = now - file.stat().st_mtime
    except FileNotFoundError:
        return "The worker could not work yet: see its log for the part that is away."
    if age > _STALE:
        return (
            f"The worker could not work for {age:.0f} s: it hangs, or see its log for the part that is away."
        )
    return None


def main() -> int:
    if not (named := os.environ.get(VARIABLE)):
        sys.stderr.write(f"Set {VARIABLE} to a file, for the worker and for this command.\n")
        return 2
    said = complaint(Path(named), time.time())
    sys.stderr.write(f"{said}\n" if said else "")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
