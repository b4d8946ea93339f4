"""Waiting out an outage, and letting a transaction end that has begun."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from pipeline.errors import Outage

log = structlog.get_logger()
T = TypeVar("T")
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_LAST_SECONDS = 8.0
"""More than a busy database takes to say so."""


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


async def to_its_end(work: Awaitable[T], undo: Callable[[T], Awaitable[None]] | None = None) -> T:
    """What `work` returns. When we are cancelled it gets some seconds to end first, and `undo` its result: a
    transaction in a thread cannot be stopped, and would otherwise end unseen."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_LAST_SECONDS)
        if undo is not None and task.done() and not task.cancelled() and task.exception() is None:
            await undo(task.result())
        raise
