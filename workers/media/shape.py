"""What only the bytes of a stored file tell, and ffprobe does not: its true format, whether seeks in it are
cheap, and which boxes it carries. A few ranges of some bytes are read, however large the file.

RFC 8794 and 9559 (EBML, Matroska), AVI 1.0 and OpenDML (RIFF).
"""

import struct
from dataclasses import dataclass, field

from pipeline.ports import Store
from workers.media.box_walk import MOST_READS, NotUnderstood, Read, Walk

_HEAD = 64 * 1024
"""Bytes: holds the list of contents that a Matroska begins with, and an AVI's headers."""
_CUES = b"\x1c\x53\xbb\x6b"
_CLUSTER = b"\x1f\x43\xb6\x75"
_DOCTYPE = b"\x42\x82"
_EBML = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True)
class Shape:
    kind: str
    """`mp4`, `webm`, `matroska`, `avi`, or `other`."""
    indexed: bool
    """Whether any moment can be reached without reading all that lies before it."""
    fragmented: bool = False
    boxes: frozenset[bytes] = field(default=frozenset())
    """An MP4's kinds of boxes: outermost, in `moov`, `trak` and `udta`."""
    understood: bool = True
    tells_place: bool = False
    """Whether what an MP4 keeps beside its tracks may tell where it was filmed."""


async def shape_of(store: Store, key: str, size: int) -> Shape:
    async def read(start: int, length: int) -> bytes:
        length = min(length, size - start)
        return b"".join([block async for block in store.read(key, start, length)]) if length > 0 else b""

    head = await read(0, _HEAD)
    if head.startswith(_EBML):
        return _matroska(head)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Shape("avi", indexed=b"indx" in head or await _has_idx1(read, size))
    if head[4:8] in (b"ftyp", b"moov", b"wide", b"free", b"skip", b"mdat", b"pnot"):
        return await _mp4(read, size)
    return Shape("other", indexed=False)


def _matroska(head: bytes) -> Shape:
    at = head.find(_DOCTYPE)
    length = head[at + 2] & 0x7F if 0 < at < 64 else 0
    kind = "webm" if head[at + 3 : at + 3 + length].rstrip(b"\0") == b"webm" else "matroska"
    first = head.find(_CLUSTER)
    return Shape(kind, indexed=_CUES in (head if first < 0 else head[:first]))


async def _has_idx1(read: Read, size: int) -> bool:
    at = 12
    for _ in range(MOST_READS):
        header = await read(at, 8)
        if len(header) < 8 or header[:4] == b"idx1":
            return len(header) == 8 and at + 8 + _little(header) <= size
        at += 8 + _little(header) + _little(header) % 2
    return False


async def _mp4(read: Read, size: int) -> Shape:
    walk, understood = Walk(read), True
    try:
        await walk.through(0, size)
    except NotUnderstood:
        understood = False
    boxes = set(walk.kinds)
    fragmented = b"moof" in boxes or b"mvex" in boxes
    if fragmented and (await read(size - 16, 16))[4:8] == b"mfro":
        boxes.add(b"mfra")
    indexed = understood and b"moov" in boxes and not fragmented
    return Shape("mp4", indexed, fragmented, frozenset(boxes), understood, tells_place=walk.tells)


def _little(header: bytes) -> int:
    return int(struct.unpack_from("<I", header, 4)[0])
