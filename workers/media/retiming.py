"""Moves the pictures of a fragmented MP4 in time, in place: ISO/IEC 14496-12, box `trun`.

CMAF as we write it has offsets below 0 between decoding and showing, and ffmpeg reads all pictures late by as
much as the lowest that it has met so far. With all of them lifted to 0 or more it reads them right.
"""

import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from workers.media.boxes import BrokenBoxes

_HEADER = struct.Struct(">I4s")
_NUMBER = struct.Struct(">i")
_DATA_OFFSET, _FIRST_FLAGS, _OFFSETS = 0x1, 0x4, 0x800
_PER_SAMPLE = (0x100, 0x200, 0x400)
"""What each sample has before its offset, if told: duration, size, flags; four bytes each."""


def lift(file: Path) -> Fraction:
    """By how many seconds every picture of the one track in `file` is late now. Raises BrokenBoxes."""
    with file.open("r+b") as stream:
        lowest = min((offset for _, offset in _offsets(stream)), default=0)
        if lowest >= 0:
            return Fraction(0)
        for at, offset in list(_offsets(stream)):
            stream.seek(at)
            stream.write(_NUMBER.pack(offset - lowest))
        return Fraction(-lowest, _ticks(stream))


def _offsets(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each sample's offset stands in the file, and what it is."""
    for at, kind, body in _boxes(stream):
        if kind == b"moof":
            for place, track in _inside(body, b"traf"):
                for inner, run in _inside(track, b"trun"):
                    yield from ((at + place + inner + field, offset) for field, offset in _fields(run))


def _ticks(stream: BinaryIO) -> int:
    """Of a second, by the track's header."""
    for _, kind, body in _boxes(stream):
        at = body.find(b"mdhd") if kind == b"moov" else -1
        if at >= 0:
            long = body[at + 4] == 1
            return int(struct.unpack_from(">I", body, at + (24 if long else 16))[0])
    raise BrokenBoxes("The init segment does not say how long a tick is.")


def _boxes(stream: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """The outermost boxes: where the body of each starts, its kind, and its body if it tells of time."""
    stream.seek(0)
    while head := stream.read(_HEADER.size):
        if len(head) < _HEADER.size or (length := _HEADER.unpack(head)[0]) < _HEADER.size:
            raise BrokenBoxes("The file ends inside a box.")
        at, kind = stream.tell(), head[4:]
        yield at, kind, stream.read(length - _HEADER.size) if kind in (b"moov", b"moof") else b""
        stream.seek(at + length - _HEADER.size)


def _inside(body: bytes, wanted: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(body):
        length, kind = _HEADER.unpack_from(body, at)
        end = at + max(length, _HEADER.size)
        if kind == wanted:
            yield at + _HEADER.size, body[at + _HEADER.size : end]
        at = end


def _fields(run: bytes) -> Iterator[tuple[int, int]]:
    flags, count = struct.unpack_from(">II", run)
    flags &= 0xFFFFFF
    if not flags & _OFFSETS:
        return
    first = 8 + 4 * bool(flags & _DATA_OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    before = 4 * sum(bool(flags & field) for field in _PER_SAMPLE)
    for number in range(count):
        field = first + number * (before + 4) + before
        yield field, _NUMBER.unpack_from(run, field)[0]
