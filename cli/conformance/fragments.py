"""The samples of a fragmented MP4 segment: when each is decoded and shown, and where its bytes are.

ISO/IEC 14496-12 section 8.8. ffprobe is not asked: it shows pictures two frames late where composition
offsets are negative.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cli.conformance.boxes import Box, Broken, Truncated, boxes, inside, only, unpack
from cli.conformance.tracks import Track

_NOT_SYNC = 0x10000


@dataclass(frozen=True, slots=True)
class Sample:
    """Times are ticks of its track."""

    decoded: int
    shown: int
    lasts: int
    sync: bool
    data: memoryview


def read_fragments(data: bytes, tracks: Mapping[int, Track]) -> dict[int, list[Sample]]:
    """By track. Raises Broken."""
    found: dict[int, list[Sample]] = {number: [] for number in tracks}
    payloads = [box for box in boxes(data) if box.kind == "mdat"]
    for moof in (box for box in boxes(data) if box.kind == "moof"):
        at = moof.start
        for traf in inside(data, moof, "traf"):
            header = _Header(data, moof, only(data, traf, "tfhd"), tracks, at)
            samples = list(_samples(data, traf, header, payloads))
            found[header.track.id] += samples
            at = header.at
    if not any(found.values()):
        raise Broken("it holds no sample")
    return found


class _Header:
    """tfhd, and how far its samples have been read."""

    def __init__(self, data: bytes, moof: Box, tfhd: Box, tracks: Mapping[int, Track], at: int) -> None:
        (flags, number), self._at = unpack("II", data, tfhd.body), tfhd.body + 8
        if number not in tracks:
            raise Broken(f"it holds samples of track {number}, which the init segment does not know")
        self.track, self._data = tracks[number], data
        duration, size, sample_flags = self.track.defaults
        moof_is_base = flags & 0x20000 or not flags & 1
        self.base = moof.start if moof_is_base else 0
        if flags & 1:
            (self.base,) = self._next("Q")
        if flags & 2:
            self._next("I")
        self.duration = self._next("I")[0] if flags & 8 else duration
        self.size = self._next("I")[0] if flags & 0x10 else size
        self.flags = self._next("I")[0] if flags & 0x20 else sample_flags
        self.at = self.base if moof_is_base or flags & 1 else at

    def _next(self, layout: str) -> tuple[int, ...]:
        found = unpack(layout, self._data, self._at)
        self._at += 8 if layout == "Q" else 4
        return found


def _samples(data: bytes, traf: Box, header: _Header, payloads: list[Box]) -> Iterator[Sample]:
    tfdt = only(data, traf, "tfdt")
    (clock,) = unpack("Q" if data[tfdt.body] == 1 else "I", data, tfdt.body + 4)
    for trun in inside(data, traf, "trun"):
        for lasts, size, flags, offset in _run(data, trun, header):
            start, header.at = header.at, header.at + size
            _refuse_outside(start, header.at, payloads)
            shown = memoryview(data)[start : header.at]
            yield Sample(clock, clock + offset, lasts, not flags & _NOT_SYNC, shown)
            clock += lasts


def _run(data: bytes, trun: Box, header: _Header) -> Iterator[tuple[int, int, int, int]]:
    """Duration, size, flags and composition offset of each sample."""
    flags, count = unpack("II", data, trun.body)
    version, flags, at = flags >> 24, flags & 0xFFFFFF, trun.body + 8
    if flags & 1:
        header.at, at = header.base + unpack("i", data, at)[0], at + 4
    first = None
    if flags & 4:
        (first,), at = unpack("I", data, at), at + 4
    layout = "".join("I" for bit in (0x100, 0x200, 0x400) if flags & bit)
    layout += ("i" if version else "I") if flags & 0x800 else ""
    for number in range(count):
        if at + 4 * len(layout) > trun.end:
            raise Truncated("trun is shorter than its samples")
        told = iter(unpack(layout, data, at))
        at += 4 * len(layout)
        lasts = next(told) if flags & 0x100 else header.duration
        size = next(told) if flags & 0x200 else header.size
        own = next(told) if flags & 0x400 else header.flags
        own = first if number == 0 and first is not None else own
        yield lasts, size, own, next(told) if flags & 0x800 else 0


def _refuse_outside(start: int, end: int, payloads: list[Box]) -> None:
    if not any(box.body <= start and end <= box.end for box in payloads):
        raise Truncated("a sample's bytes are not there")
