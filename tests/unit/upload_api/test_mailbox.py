"""What waits for one stream."""

import asyncio
from datetime import UTC, datetime

import pytest

from upload_api.frames import RESET, gone_frame
from upload_api.mailbox import Mailbox

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PATIENCE = 10.0


def frame(name: str, size: int = 0) -> bytes:
    return f"event: video\ndata: {name}{'.' * size}\n".encode()


def events(sent: bytes) -> list[str]:
    """The data of each."""
    return [line[6:] for line in sent.decode().splitlines() if line.startswith("data: ")]


async def test_a_slow_client_gets_of_each_video_the_latest_only() -> None:
    box = Mailbox()
    for progress in range(1000):
        box.put("a", frame(f"a{progress}"))
        box.put("b", frame(f"b{progress}"))
    assert events(await box.next(PATIENCE)) == ["a999", "b999"]


async def test_one_that_follows_some_videos_gets_nothing_of_others() -> None:
    box = Mailbox(["a"])
    box.put("b", frame("b"))
    box.put("a", frame("a"))
    assert events(await box.next(PATIENCE)) == ["a"]


async def test_one_that_is_too_far_behind_is_told_to_read_anew_and_holds_no_more_than_its_share() -> None:
    box = Mailbox(most=3)
    for number in range(4):
        box.put(str(number), frame(str(number)))
    sent = await box.next(PATIENCE)
    assert sent.startswith(RESET)
    assert events(sent) == ["{}", "3"]


async def test_a_large_backlog_goes_out_in_blocks_and_the_cursor_comes_with_the_last() -> None:
    box = Mailbox()
    box.mark = NOW
    for number in range(3):
        box.put(str(number), frame(str(number), size=50_000))
    first, last = await box.next(PATIENCE), await box.next(PATIENCE)
    assert [event[0] for event in events(first) + events(last)] == ["0", "1", "2"]
    assert b"\nid: " not in first
    assert last.endswith(b"\nid: 1777593600000\n\n")


async def test_silence_is_broken_by_a_heartbeat_that_moves_the_cursor_on() -> None:
    box = Mailbox()
    box.mark = NOW
    sent = await box.next(0.001)
    assert sent == b": still here\nevent: beat\ndata: {}\nid: 1777593600000\n\n"


async def test_one_that_was_lost_begins_with_that() -> None:
    assert events(await Mailbox(lost=True).next(PATIENCE)) == ["{}"]


@pytest.mark.parametrize("waiting", [False, True])
async def test_a_closed_one_has_nothing_more_whatever_waits(waiting: bool) -> None:
    box = Mailbox()
    if waiting:
        box.put("a", gone_frame("a"))
    reading = asyncio.ensure_future(box.next(PATIENCE))
    if not waiting:
        await asyncio.sleep(0)
        box.close()
        assert await reading == b""
    else:
        await reading
        box.close()
        assert await box.next(PATIENCE) == b""
