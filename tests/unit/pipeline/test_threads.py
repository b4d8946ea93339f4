"""Synchronous calls from asyncio, and what is undone of those that nobody waits for any more."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from pipeline.threads import Threads


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(2, name="test", translate=lambda error: error)
    yield threads
    threads.close()


class Undone:
    """Notes in which thread it was called."""

    def __init__(self) -> None:
        self.by: threading.Thread | None = None
        self.happened = threading.Event()

    def __call__(self, result: str) -> None:
        self.by = threading.current_thread()
        self.happened.set()

    async def in_a_thread(self) -> bool:
        return await asyncio.to_thread(self.happened.wait, 10) and self.by is not threading.main_thread()


async def cancelled_before(threads: Threads, ending: Callable[[], None], undo: Undone) -> None:
    """A call that ends, by `ending`, in the same turn of the loop in which its caller is cancelled."""
    let_go = threading.Event()

    def call() -> str:
        let_go.wait(10)
        return "made"

    future = threads.start(call)
    task = asyncio.create_task(threads.outcome(future, undo))
    await asyncio.sleep(0)
    task.cancel()
    ending_first = ending is not _later
    if ending_first:
        let_go.set()
        future.result(10)
    with pytest.raises(asyncio.CancelledError):
        await task
    let_go.set()


def _later() -> None: ...
