"""Byte ranges of RFC 9110, as far as players use them: one range; more than one gets the whole file."""

import re
from dataclasses import dataclass

from upload_api.errors import RangeNotSatisfiable

_SINGLE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


@dataclass(frozen=True)
class ByteRange:
    start: int
    length: int
    size: int
    """Of the whole file."""

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """None for the whole file, also where the header cannot be read. Raises RangeNotSatisfiable."""
    match = _SINGLE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _suffix(int(last), size)
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return ByteRange(start, end - start + 1, size)


def _suffix(length: int, size: int) -> ByteRange:
    if length == 0 or size == 0:
        raise RangeNotSatisfiable(size)
    return ByteRange(max(size - length, 0), min(length, size), size)
