"""Synchronous calls from asyncio, and what is undone of those that nobody waits for any more."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from pipeline.threads import Threads


class Undone:
    """Notes in which thread it was called."""

    def __init__(self) -> None:
        self._by: Future[str] = Future()

    def __call__(self, _result: str) -> None:
        self._by.set_result(threading.current_thread().name)

    async def by(self) -> str:
        return await asyncio.wait_for(asyncio.wrap_future(self._by), 10)


class Slow:
    """A call that goes on until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self) -> str:
        self.let_go.wait(10)
        return "made"


@pytest.fixture
def threads() -> Iterator[Threads]:
    threads = Threads(2, name="ours", translate=lambda error: error)
    yield threads
    threads.close()


async def cancelled(task: asyncio.Task[str]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_that_was_done_already_when_its_caller_was_cancelled_is_undone_in_a_thread(
    threads: Threads,
) -> None:
    slow, undo = Slow(), Undone()
    call = threads.start(slow)
    task = asyncio.create_task(threads.outcome(call, undo))
    await asyncio.sleep(0)
    slow.let_go.set()
    call.result(10)  # the loop has not heard of it yet
    await cancelled(task)
    assert (await undo.by()).startswith("ours")


@pytest.mark.parametrize("closed", [False, True])
async def test_a_call_that_ends_after_its_caller_was_cancelled_is_undone_though_all_is_closed(
    threads: Threads, closed: bool
) -> None:
    slow, undo = Slow(), Undone()
    task = asyncio.create_task(threads.run(slow, undo=undo))
    await asyncio.sleep(0)
    await cancelled(task)
    if closed:
        threads.close()
    slow.let_go.set()
    assert (await undo.by()).startswith("ours")
