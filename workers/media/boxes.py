"""Reads the few boxes of an MP4 that say what an encoder really wrote: its codec, its frames, all of it.

ISO/IEC 14496-12 (boxes), 14496-15 (avcC), 14496-1 (esds).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}


class BrokenBoxes(ValueError):
    """The file ends inside a box, or lacks one that must be there."""


class NoFrame(BrokenBoxes):
    """All of its bytes are there, and no frame in them: nothing came to be encoded."""


def codec(init: bytes) -> str:
    """The codec of an init segment as RFC 6381 writes it, such as `avc1.640028`. Raises BrokenBoxes."""
    if (at := init.find(b"avcC")) > 0:
        return f"avc1.{init[at + 5 : at + 8].hex()}"
    if (at := init.find(b"esds")) > 0:
        return f"mp4a.40.{_audio_object_type(init[at + 8 :])}"
    raise BrokenBoxes("The init segment names no codec that we make.")


def without_user_data(init: bytes) -> bytes:
    """An init segment without ffmpeg's version, by which those of workers with different builds would differ:
    its segmenter cannot be told to leave it out. Nothing in such a file is found by its offset."""
    kept = [(kind, _without(b"udta", inner) if kind == b"moov" else inner) for kind, inner in _boxes(init)]
    return b"".join(_box(*box) for box in kept)


@dataclass(frozen=True)
class Fragments:
    """What a media segment holds."""

    start: int
    """When its first frame is decoded, in ticks of the track's timescale."""
    frames: int
    last: int = 0
    """Ticks that its last frame lasts; 0 where it does not say."""


def timescale(init: bytes) -> int:
    """Ticks a second, of the one track of an init segment. Raises BrokenBoxes."""
    header = next((box for name, box in _inside(init) if name == b"mdhd"), b"")
    return _number(header, 20 if header[:1] == b"\1" else 12, ">I")


def fragments(segment: Path) -> Fragments:
    """Of a media segment, if all of its bytes are there. Raises BrokenBoxes."""
    kinds: set[bytes] = set()
    starts: list[int] = []
    count = usual = last = 0
    with segment.open("rb") as file:
        size = segment.stat().st_size
        while file.tell() < size:
            start = file.tell()
            length, kind = struct.unpack(">I4s", _exactly(file.read(8), 8))
            if length < 8 or start + length > size:
                raise BrokenBoxes(f"{segment.name} ends inside a box.")
            kinds.add(kind)
            for name, box in _inside(file.read(length - 8)) if kind == b"moof" else ():
                usual = _usual_duration(box) if name == b"tfhd" else usual
                last = _last_duration(box, usual) if name == b"trun" else last
                count += _number(box, 4, ">I") if name == b"trun" else 0
                starts += [_number(box, 4, ">Q" if box[:1] == b"\1" else ">I")] if name == b"tfdt" else []
            file.seek(start + length)
    if not {b"moof", b"mdat"} <= kinds or count == 0 or not starts:
        kind_of_fault = NoFrame if kinds else BrokenBoxes  # a full disk leaves files without a byte
        raise kind_of_fault(f"{segment.name} holds no frame.")
    return Fragments(starts[0], count, last)


def check_whole(file: Path) -> None:
    """Raises BrokenBoxes unless the file's outermost boxes fill all of it, to the last byte."""
    size, at = file.stat().st_size, 0
    with file.open("rb") as stream:
        while at < size:
            stream.seek(at)
            length, kind = struct.unpack(">I4s", _exactly(stream.read(8), 8))
            if length == 1:  # too long for four bytes
                length = _number(stream.read(8), 0, ">Q")
            if length < 8 or at + length > size:
                raise BrokenBoxes(f"{file.name} ends inside its {kind.decode('latin-1')}.")
            at += length
    if not size:
        raise BrokenBoxes(f"{file.name} is empty.")


def _inside(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, inner in _boxes(body):
        yield kind, inner
        if kind in _CONTAINERS:
            yield from _inside(inner)


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        length, kind = struct.unpack_from(">I4s", body, at)
        yield kind, body[at + 8 : at + max(length, 8)]
        at += max(length, 8)


def _without(unwanted: bytes, body: bytes) -> bytes:
    return b"".join(_box(*box) for box in _boxes(body) if box[0] != unwanted)


def _box(kind: bytes, inner: bytes) -> bytes:
    return struct.pack(">I4s", len(inner) + 8, kind) + inner


def _number(box: bytes, at: int, form: str) -> int:
    size = struct.calcsize(form)
    return int(struct.unpack(form, _exactly(box[at : at + size], size))[0])


def _usual_duration(tfhd: bytes) -> int:
    """What the samples of a fragment last unless they say otherwise; 0 where nothing is said."""
    flags = _number(tfhd, 0, ">I")
    return _number(tfhd, 8 + 8 * (flags & 1) + 4 * (flags >> 1 & 1), ">I") if flags & 0x8 else 0


def _last_duration(trun: bytes, usual: int) -> int:
    flags, count = _number(trun, 0, ">I"), _number(trun, 4, ">I")
    if not flags & 0x100 or not count:
        return usual
    fields = (flags >> 8 & 0xF).bit_count()  # duration, size, flags, composition offset: each of them 4 bytes
    return _number(trun, 8 + 4 * (flags & 1) + 4 * (flags >> 2 & 1) + 4 * fields * (count - 1), ">I")


def _audio_object_type(descriptors: bytes) -> int:
    """From the decoder's own configuration (tag 5), whose first five bits it is."""
    at = descriptors.find(b"\x05\x80\x80\x80")
    if at < 0 or at + 5 >= len(descriptors):
        raise BrokenBoxes("The init segment does not say which AAC it is.")
    return descriptors[at + 5] >> 3


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise BrokenBoxes("The file ends inside a box.")
    return data
