"""How the cores of a machine are shared out."""

import os
from contextlib import AsyncExitStack

import pytest

from workers.media.cores import CorePool, quota, within


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


@pytest.mark.parametrize(
    ("said", "cores"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 1.5),
        ("max 100000\n", None),
        ("-1\n 100000\n", None),
        ("50000\n 100000\n", 0.5),
        ("", None),
        ("what 0", None),
    ],
)
def test_a_containers_share_is_read_as_both_versions_of_control_groups_write_it(
    said: str, cores: float | None
) -> None:
    assert quota(said) == cores


@pytest.mark.parametrize(("most", "count"), [(None, 64), (2, 2), (1.5, 2), (0.5, 1), (100, 64)])
def test_no_more_cores_are_used_than_there_is_time_for(most: float | None, count: int) -> None:
    chosen = within(range(64), most)
    assert len(chosen) == count
    assert chosen == list(range(chosen[0], chosen[0] + count))


def test_only_cores_that_this_process_may_use_are_shared_out() -> None:
    assert 1 <= CorePool(1).slots <= len(os.sched_getaffinity(0))
