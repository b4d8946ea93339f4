"""Walks the boxes of a stored MP4 within a budget, and tells which may say where it was filmed.

ISO/IEC 14496-12 (boxes); QuickTime File Format (`udta`, `meta` with `keys` and `ilst`).
"""

import re
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from workers.media.places import names_place

Read = Callable[[int, int], Awaitable[bytes]]
"""Start and length to bytes; fewer at the end."""

MOST_READS = 64
"""Requests for one file: half a second of a store that takes 8 ms. Real files take ten; with more fragments
than this one is not worth the wait."""
_BLOCK = 64 * 1024
"""Bytes of one: holds most of what lies between two large boxes."""
_MOST_BOXES = 2000
"""A film with 40 tracks has 500; fragments have two each."""
_DEEPEST = 8
"""`moov/trak/udta/meta/ilst` is 5."""
_LARGEST_FILLER = 1024**2
"""Bytes of a `free` that are read: room for an index that was kept too large takes 400 kB in real files."""
_LONGEST_NAMES = 64 * 1024
"""Bytes of keys or of a note: real ones have a thousand."""

_INSIDE = {b"moov", b"trak", b"udta", b"meta", b"ilst"}
_FILLERS = {b"free", b"skip", b"wide"}
_OF_META = {b"hdlr", b"keys", b"ilst", *_FILLERS}
_PLACES = {b"\xa9xyz", b"covr"}
"""Of `ilst`. A cover is a photo, with all that a camera wrote into it."""
_MAKERS = re.compile(rb"IsoMedia File Produced with GPAC[ -~]{0,100}\0*")
"""What is known to be written into a `free`."""


class NotUnderstood(Exception):
    """Boxes that do not fit into one another, or more of them than any real file has."""


@dataclass
class Walk:
    read: Read
    kinds: set[bytes] = field(default_factory=set)
    """Those met outermost, and in `moov`, `trak` and `udta`."""
    tells: bool = False
    """Whether a filler, or something in a `meta`, may tell a place."""
    _at: int = 0
    _block: bytes = b""
    _reads: int = 0
    _boxes: int = 0

    async def through(self, start: int, end: int, parent: bytes = b"", depth: int = 0) -> None:
        """Every box from `start` to `end`. Raises NotUnderstood."""
        if depth > _DEEPEST:
            raise NotUnderstood
        while start + 8 <= end:  # four zero bytes may end a list of QuickTime's
            self._boxes += 1
            length, body, kind = _header(await self._bytes(start, 16), end - start)
            if length < body or start + length > end or self._boxes > _MOST_BOXES:
                raise NotUnderstood
            self._note(kind, parent)
            await self._enter(kind, parent, start + body, start + length, depth)
            start += length

    def _note(self, kind: bytes, parent: bytes) -> None:
        if parent == b"ilst":
            self.tells |= kind in _PLACES
        elif parent == b"meta":
            self.tells |= kind not in _OF_META
        else:
            self.kinds.add(kind)

    async def _enter(self, kind: bytes, parent: bytes, start: int, end: int, depth: int) -> None:
        if kind in _FILLERS:
            self.tells |= not await self._is_empty(start, end)
        elif (kind, parent) in ((b"keys", b"meta"), (b"----", b"ilst")):
            self.tells |= end - start > _LONGEST_NAMES or names_place(
                (await self._bytes(start, end - start)).decode("latin-1")
            )
        elif kind in _INSIDE and parent != b"ilst":
            # ISO's `meta` begins with a version, QuickTime's does not.
            versioned = kind == b"meta" and (await self._bytes(start, 8))[4:8] != b"hdlr"
            await self.through(start + 4 * versioned, end, kind, depth + 1)

    async def _is_empty(self, start: int, end: int) -> bool:
        """Of one byte throughout, or signed by a tool that is known. Some dash cameras hide a track here."""
        if end - start > _LARGEST_FILLER:
            return False
        if end - start <= _BLOCK:
            data = await self._bytes(start, end - start)
            return len(set(data)) <= 1 or _MAKERS.fullmatch(data) is not None
        found: set[int] = set()
        for at in range(start, end, _BLOCK):
            found.update(await self._bytes(at, min(_BLOCK, end - at)))
        return len(found) <= 1

    async def _bytes(self, start: int, length: int) -> bytes:
        """At most a block of them; fewer at the end of the file."""
        if not self._at <= start <= start + length <= self._at + len(self._block):
            self._reads += 1
            if self._reads > MOST_READS:
                raise NotUnderstood
            self._at, self._block = start, await self.read(start, _BLOCK)
        return self._block[start - self._at : start - self._at + length]


def _header(data: bytes, left: int) -> tuple[int, int, bytes]:
    """Length of the box, of its header alone, and its kind."""
    if len(data) < 8:
        return 0, 8, b""
    length, kind = struct.unpack_from(">I4s", data)
    if length == 1 and len(data) == 16:
        return struct.unpack_from(">Q", data, 8)[0], 16, kind
    return length or left, 8, kind
