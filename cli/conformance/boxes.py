"""Boxes of an MP4 file. ISO/IEC 14496-12 section 4.2."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass


class Broken(ValueError):
    """What of it breaks the format."""


class Truncated(Broken):
    """It ends before what it holds does."""


@dataclass(frozen=True)
class Box:
    kind: str
    start: int
    body: int
    """Where its content starts."""
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    end = len(data) if end is None else end
    while start < end:
        box = _box(data, start, end)
        yield box
        start = box.end


def inside(data: bytes, box: Box, *kinds: str) -> Iterator[Box]:
    """The boxes at that path below, such as `trak` `mdia`."""
    for found in boxes(data, box.body, box.end):
        if found.kind == kinds[0]:
            if len(kinds) == 1:
                yield found
            else:
                yield from inside(data, found, *kinds[1:])


def only(data: bytes, box: Box, *kinds: str) -> Box:
    found = next(inside(data, box, *kinds), None)
    if found is None:
        raise Broken(f"{box.kind} has no {'/'.join(kinds)}")
    return found


def unpack(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(f">{layout}", data, at)
    except struct.error as error:
        raise Truncated("a box is shorter than what it must hold") from error


def _box(data: bytes, start: int, end: int) -> Box:
    if end - start < 8:
        raise Truncated("it ends inside a box")
    size, body = int.from_bytes(data[start : start + 4], "big"), start + 8
    kind = data[start + 4 : body].decode("latin-1")
    if size == 1:
        (size,), body = unpack("Q", data, body), start + 16
    elif size == 0:
        size = end - start
    if size < body - start:
        raise Broken(f"a box of {size} bytes")
    if start + size > end:
        raise Truncated(f"it ends inside the box {kind!r}: {start + size - end} bytes are missing")
    return Box(kind, start, body, start + size)
