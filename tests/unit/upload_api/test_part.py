from upload_api.memory import Memory, Room
from upload_api.part import Part


def test_what_does_not_fit_is_handed_back() -> None:
    part = Part(bytearray(5))
    assert (bytes(part.put(b"abc")), part.full) == (b"", False)
    assert (bytes(part.put(b"defg")), part.full) == (b"fg", True)
    assert (bytes(part.data), len(part)) == (b"abcde", 5)


def test_memory_that_lies_in_the_store_is_used_again_without_what_was_in_it() -> None:
    room = Room(Memory(30), 10)
    first = room.part()
    first.put(b"old")
    room.reuse(first)
    second = room.part()
    assert second.memory is first.memory
    assert bytes(second.data) == b""


def test_memory_of_another_size_is_not_used_again() -> None:
    memory = Memory(30)
    memory.reuse(memory.part(10))
    assert len(memory.part(20).memory) == 20


async def test_spare_memory_is_given_up_once_nobody_uploads() -> None:
    memory = Memory(30)
    await memory.take(10)
    part = memory.part(10)
    memory.reuse(part)
    memory.give(10)
    assert memory.part(10).memory is not part.memory
