"""The uploads under way, so that a server that stops waits until each has ended or cleared itself away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI, Request

from upload_api.errors import ServerStopping

_PATIENCE = 5.0
"""Seconds for clearing away, after the server has cancelled what did not end in time."""


@contextmanager
def under_way(request: Request) -> Iterator[None]:
    tasks: set[asyncio.Task[object]] = request.app.state.under_way
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  a request is always served in a task
    tasks.add(task)
    try:
        yield
    except asyncio.CancelledError as error:  # it did not end in time; its client is still there to be told
        task.uncancel()
        raise ServerStopping from error
    finally:
        tasks.discard(task)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if tasks := app.state.under_way:
        await asyncio.wait(tasks, timeout=_PATIENCE)
