"""How the cores of a machine are shared out."""

import os
from contextlib import AsyncExitStack

import pytest

from workers.media.cores import CorePool


@pytest.mark.parametrize(
    ("cores", "per_slot", "shares"),
    [
        (range(8), 2, {(0, 1), (2, 3), (4, 5), (6, 7)}),
        (range(5), 2, {(0, 1, 2), (3, 4)}),
        ([7, 3, 1, 0], 2, {(0, 1), (3, 7)}),
        (range(3), 1, {(0,), (1,), (2,)}),
    ],
)
async def test_every_core_is_given_to_one_slot(
    cores: range, per_slot: int, shares: set[tuple[int, ...]]
) -> None:
    pool = CorePool(per_slot, cores)
    async with AsyncExitStack() as stack:
        taken = {await stack.enter_async_context(pool.taken()) for _ in range(pool.slots)}
    assert taken == shares


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_where_there_is_room_for_one_it_is_held_to_nothing(count: int) -> None:
    pool = CorePool(2, range(count))
    assert pool.slots == 1
    async with pool.taken() as cores:
        assert cores == ()


async def test_a_slot_that_is_given_back_is_taken_again_also_after_a_failure() -> None:
    pool = CorePool(1, range(2))
    async with pool.taken() as kept:
        for _ in range(3):
            with pytest.raises(OSError, match="broke"):
                await _broken_within(pool, kept)


async def _broken_within(pool: CorePool, kept: tuple[int, ...]) -> None:
    async with pool.taken() as cores:
        assert set(cores).isdisjoint(kept)
        raise OSError("it broke")


def test_only_cores_that_this_process_may_use_are_shared_out() -> None:
    assert CorePool(1).slots == len(os.sched_getaffinity(0))
