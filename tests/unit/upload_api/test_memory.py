"""The budget that all uploads of a process share."""

import asyncio

from upload_api.memory import Memory, Room


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_finds_no_memory_waits_until_some_is_given_back() -> None:
    memory = Memory(10)
    await memory.take(8)
    waiting = asyncio.create_task(memory.take(5))
    await settle()
    assert not waiting.done()
    assert memory.wanted
    memory.give(8)
    await waiting
    assert not memory.wanted


async def test_nobody_overtakes_one_who_waits_for_more() -> None:
    memory = Memory(10)
    await memory.take(8)
    large = asyncio.create_task(memory.take(9))
    await settle()
    assert not memory.take_if_free(1)
    memory.give(8)
    await large


async def test_one_who_gives_up_waiting_takes_nothing_with_him() -> None:
    memory = Memory(10)
    await memory.take(10)
    first, second = (asyncio.create_task(memory.take(10)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    memory.give(10)
    await second
    assert not memory.wanted


async def test_one_who_gives_up_in_the_moment_of_his_turn_gives_it_back() -> None:
    memory = Memory(10)
    await memory.take(10)
    waiting = asyncio.create_task(memory.take(10))
    await settle()
    memory.give(10)
    waiting.cancel()
    await settle()
    assert memory.take_if_free(10)


async def test_a_part_larger_than_the_budget_goes_alone() -> None:
    memory = Memory(10)
    await memory.take(25)
    assert not memory.take_if_free(1)
    memory.give(25)
    assert memory.take_if_free(10)


async def test_a_second_part_is_collected_only_where_memory_is_free() -> None:
    memory = Memory(30)
    one, other = Room(memory, 10), Room(memory, 10)
    await one.one()
    await other.one()
    assert one.two()
    assert not other.two()
    one.keep_one()
    assert other.two()


async def test_who_leaves_gives_back_all_that_he_held() -> None:
    memory = Memory(20)
    room = Room(memory, 10)
    await room.one()
    assert room.two()
    room.leave()
    assert memory.take_if_free(20)
    assert not room.held


async def test_one_who_gives_up_at_the_head_lets_those_pass_who_need_less() -> None:
    memory = Memory(100)
    await memory.take(50)
    large = asyncio.create_task(memory.take(100))
    small = asyncio.create_task(memory.take(10))
    await settle()
    large.cancel()
    await settle()
    assert small.done()
