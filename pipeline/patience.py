"""Waiting out an outage: what must be written is tried until the part that was away is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from pipeline.errors import Outage

log = structlog.get_logger()
T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` returns, however many outages it takes."""
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except Outage as error:
            log.warning("waiting", code=error.code, why=error.detail, seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
