"""What is found in an MP4's boxes, and that no file makes us read on and on."""

import struct
from dataclasses import dataclass

import pytest

from workers.media.box_walk import MOST_READS, NotUnderstood, Walk


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def meta(*boxes: bytes) -> bytes:
    return box(b"meta", bytes(4) + box(b"hdlr", bytes(25)) + b"".join(boxes))


def keys(*names: bytes) -> bytes:
    return box(b"keys", struct.pack(">II", 0, len(names)) + b"".join(box(b"mdta", name) for name in names))


FILM = box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak")) + box(b"mdat")


@dataclass
class Read:
    data: bytes
    count: int = 0

    async def __call__(self, start: int, length: int) -> bytes:
        self.count += 1
        return self.data[start : start + length]


async def walked(data: bytes) -> Walk:
    walk = Walk(Read(data))
    await walk.through(0, len(data))
    return walk


NONE: dict[str, bytes] = {
    "room that was left": box(b"free", bytes(400_000)),
    "filled up with one byte": box(b"skip", b"\x01" * 1014),
    "signed by a tool": box(b"free", b"IsoMedia File Produced with GPAC 1.0.1-rev1.0.1+dfsg1-5\0"),
    "a tool's name": box(b"moov", box(b"udta", meta(box(b"ilst", box(b"\xa9too", b"data"))))),
    "QuickTime's keys": box(
        b"moov", box(b"meta", box(b"hdlr", bytes(24)) + keys(b"com.apple.quicktime.model") + box(b"ilst"))
    ),
    "gaps of iTunes": box(b"udta", meta(box(b"ilst", box(b"----", box(b"name", b"iTunSMPB"))))),
}


@pytest.mark.parametrize("name", NONE)
async def test_what_every_tool_writes_tells_no_place(name: str) -> None:
    assert not (await walked(FILM + NONE[name])).tells


PLACES: dict[str, bytes] = {
    "a dash camera's": box(b"free", box(b"gps ", b"[1]$GPRMC,112345.00,A,4851.504,N,00217.67,E*5A\n")),
    "another's": box(b"skip", b"LIGOGPSINFO\0N48.8584 E2.2945"),
    "behind many zeros": box(b"free", bytes(200_000) + b"N48.8584 E2.2945"),
    "too much to read": box(b"free", bytes(1024**2 + 1)),
    "Sony's": meta(box(b"xml ", b"\0\0\0\0<GPSLatitude>48.8584")),
    "a key": box(b"moov", meta(keys(b"com.apple.quicktime.location.ISO6709"), box(b"ilst"))),
    "a key of a track": box(b"moov", box(b"trak", meta(keys(b"GPSCoordinates"), box(b"ilst")))),
    "QuickTime's key": box(b"moov", box(b"meta", box(b"hdlr", bytes(24)) + keys(b"geo"))),
    "a cover": box(b"moov", box(b"udta", meta(box(b"ilst", box(b"covr", b"data"))))),
    "iTunes' own": box(b"moov", box(b"udta", meta(box(b"ilst", box(b"\xa9xyz", b"data"))))),
    "a note": box(b"moov", box(b"udta", meta(box(b"ilst", box(b"----", box(b"name", b"GPSLatitude")))))),
}


@pytest.mark.parametrize("name", PLACES)
async def test_what_may_hold_a_place_is_told(name: str) -> None:
    assert (await walked(FILM + PLACES[name])).tells


async def test_boxes_of_tracks_and_behind_fragments_are_met_too() -> None:
    place = box(b"moov", box(b"trak", box(b"udta", box(b"\xa9xyz"))))
    fragments = (box(b"moof") + box(b"mdat", bytes(100))) * 20
    assert {b"\xa9xyz", b"uuid"} <= (await walked(place + fragments + box(b"uuid"))).kinds


@pytest.mark.parametrize(
    "data",
    [
        FILM + box(b"udta", box(b"udta", box(b"udta") * 255) * 255),
        FILM + (box(b"moof") + box(b"mdat", bytes(70_000))) * 100,
        box(b"moov", b"\0\0\0\x04trak"),
        FILM + box(b"mdat", bytes(9))[:-1],
    ],
    ids=["thousands", "many that are far apart", "shorter than its header", "cut short"],
)
async def test_what_is_not_understood_is_given_up_soon(data: bytes) -> None:
    read = Read(data)
    with pytest.raises(NotUnderstood):
        await Walk(read).through(0, len(data))
    assert read.count <= MOST_READS


async def test_boxes_in_boxes_in_boxes_are_no_recursion_without_end() -> None:
    data = b""
    for _ in range(3000):
        data = box(b"udta", data)
    with pytest.raises(NotUnderstood):
        await walked(FILM + data)
