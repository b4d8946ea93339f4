"""Byte ranges."""

import pytest

from upload_api.errors import RangeNotSatisfiable
from upload_api.ranges import parse_range


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=90-1000", 90, 10),
        ("bytes=99-", 99, 1),
        ("bytes=-1", 99, 1),
        ("bytes=-1000", 0, 100),
        ("bytes= 5 - 6 ", 5, 2),
    ],
)
def test_one_range_is_understood(header: str, start: int, length: int) -> None:
    found = parse_range(header, 100)
    assert found is not None
    assert (found.start, found.length) == (start, length)
    assert found.content_range == f"bytes {start}-{start + length - 1}/100"


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=a-b"]
)
def test_what_is_not_one_range_gets_the_whole_file(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=-5", 0)])
def test_a_range_outside_of_the_file_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_range(header, size)
