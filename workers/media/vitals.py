"""Whether a process still does anything: one that hangs neither computes nor reads nor writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

_LOOKS = 10
"""During the time that it may be idle."""
_LONGEST_PAUSE = 1.0
_USER_TIME, _SYSTEM_TIME = 11, 12
"""Of the fields in /proc/PID/stat behind the name (proc(5))."""


@asynccontextmanager
async def outlive(pid: int, idle: timedelta) -> AsyncIterator[None]:
    """Raises TimeoutError out of the block once the process has done nothing for `idle`."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as deadline:

        async def look() -> None:
            seen = None
            while True:
                now = _done(pid)
                if now is None or now != seen:
                    seen = now
                    deadline.reschedule(loop.time() + idle.total_seconds())
                await asyncio.sleep(min(_LONGEST_PAUSE, idle.total_seconds() / _LOOKS))

        looking = asyncio.create_task(look())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.wait({looking})


def _done(pid: int) -> tuple[str, ...] | None:
    """Processor time spent, bytes read and written so far; None where that cannot be seen."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        moved = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:
        return None
    return times[_USER_TIME], times[_SYSTEM_TIME], *moved[:2]
