"""Server-sent events as bytes, and the cursor that a client comes back with."""

from datetime import UTC, datetime, timedelta

import pytest

from upload_api.frames import batch, gone_frame, mark_of

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)


def cursor_of(sent: bytes) -> str:
    return sent.decode().rpartition("id: ")[2].strip()


def test_only_the_last_frame_of_a_batch_carries_the_cursor() -> None:
    first, last = batch([gone_frame("a"), gone_frame("b")], NOW).split(b"\n\n", 1)
    assert b"id: " not in first
    assert last == b'event: gone\ndata: {"id": "b"}\nid: 1777636800123\n\n'


def test_a_batch_that_is_not_the_end_of_what_waits_has_no_cursor() -> None:
    assert batch([gone_frame("a")], None) == b'event: gone\ndata: {"id": "a"}\n\n'


def test_a_cursor_leads_back_to_its_moment_and_never_to_a_later_one() -> None:
    mark = mark_of(cursor_of(batch([gone_frame("a")], NOW)), NOW)
    assert mark is not None
    assert timedelta(0) <= NOW - mark < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", "-1", "1.5", "12345678901234567890", "٣", "0", "\x00", "1777636800123 "]
)
def test_a_cursor_that_nobody_was_given_is_none(cursor: str) -> None:
    assert mark_of(cursor, NOW) is None


@pytest.mark.parametrize("away", [timedelta(hours=2), -timedelta(hours=2)])
def test_a_cursor_from_too_long_ago_or_from_another_clock_is_none(away: timedelta) -> None:
    assert mark_of(cursor_of(batch([gone_frame("a")], NOW - away)), NOW) is None
