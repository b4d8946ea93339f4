"""One that has killed workers works alone, and nobody has to wait for ever."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from pipeline.quarantine import Quarantine


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Worker:
    def __init__(self, turn: AbstractAsyncContextManager[None]) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._work(turn))

    async def _work(self, turn: AbstractAsyncContextManager[None]) -> None:
        async with turn:
            self.began.set()
            await self.may_end.wait()

    @property
    def works(self) -> bool:
        return self.began.is_set() and not self.task.done()

    async def end(self) -> None:
        self.may_end.set()
        await self.task
        await settled()


async def test_many_work_at_a_time() -> None:
    room = Quarantine()
    workers = [Worker(room.among_others()) for _ in range(3)]
    await settled()
    assert all(worker.works for worker in workers)
    for worker in workers:
        await worker.end()


async def test_a_suspect_waits_for_the_others_and_lets_nobody_begin() -> None:
    room = Quarantine()
    first = Worker(room.among_others())
    await settled()
    suspect, later = Worker(room.alone()), None
    await settled()
    later = Worker(room.among_others())
    await settled()
    assert (first.works, suspect.works, later.works) == (True, False, False)
    await first.end()
    assert (suspect.works, later.works) == (True, False)
    await suspect.end()
    assert later.works
    await later.end()


async def test_two_suspects_work_one_after_the_other() -> None:
    room = Quarantine()
    one, other = Worker(room.alone()), Worker(room.alone())
    await settled()
    assert [one.works, other.works].count(True) == 1
    working, waiting = (one, other) if one.works else (other, one)
    await working.end()
    assert waiting.works
    await waiting.end()


@pytest.mark.parametrize("waits", [True, False])
async def test_a_suspect_that_is_told_to_stop_lets_the_others_go_on(waits: bool) -> None:
    room = Quarantine()
    first = Worker(room.among_others()) if waits else None
    await settled()
    suspect = Worker(room.alone())
    await settled()
    assert suspect.works is not waits
    suspect.task.cancel()
    await settled()
    later = Worker(room.among_others())
    await settled()
    assert later.works
    for worker in (first, later):
        if worker is not None:
            await worker.end()
