"""Reading the boxes of an MP4."""

import struct
from pathlib import Path

import pytest

from workers.media.boxes import BrokenBoxes, Fragments, NoFrame, check_whole, codec, fragments, timescale


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def fragment(samples: int, start: int = 0) -> bytes:
    tfdt = box(b"tfdt", struct.pack(">IQ", 1 << 24, start))
    trun = box(b"trun", struct.pack(">II", 0, samples))
    return box(b"moof", box(b"mfhd", b"\0" * 8) + box(b"traf", tfdt + trun)) + box(b"mdat", b"x" * 100)


def written(folder: Path, data: bytes) -> Path:
    file = folder / "00000.m4s"
    file.write_bytes(data)
    return file


def test_the_codec_is_read_as_the_encoder_wrote_it() -> None:
    assert codec(b"....avcC\x01\x64\x00\x28\xff") == "avc1.640028"
    assert codec(b"....esds\0\0\0\0\x03\x80\x80\x80\x22\x05\x80\x80\x80\x02\x11\x90") == "mp4a.40.2"


def test_an_init_segment_without_a_codec_is_broken() -> None:
    with pytest.raises(BrokenBoxes):
        codec(b"ftypmoov")


def test_the_frames_of_all_fragments_are_counted(tmp_path: Path) -> None:
    data = box(b"styp") + fragment(48, start=2**33) + fragment(2, start=2**33 + 48)
    assert fragments(written(tmp_path, data)) == Fragments(start=2**33, frames=50)


@pytest.mark.parametrize(
    "header", [struct.pack(">IIIII", 0, 1, 1, 90_000, 0), struct.pack(">IQQIQ", 1 << 24, 1, 1, 90_000, 0)]
)
def test_the_timescale_is_read_from_headers_of_either_width(header: bytes) -> None:
    assert timescale(box(b"moov", box(b"trak", box(b"mdia", box(b"mdhd", header))))) == 90_000


def test_an_init_segment_without_a_timescale_is_broken() -> None:
    with pytest.raises(BrokenBoxes):
        timescale(box(b"moov"))


@pytest.mark.parametrize(
    "data", [b"", fragment(48)[:-1], fragment(48)[:4], box(b"styp"), fragment(0), b"\0" * 64]
)
def test_a_segment_that_is_not_whole_is_broken(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(BrokenBoxes):
        fragments(written(tmp_path, data))


@pytest.mark.parametrize(("data", "kind"), [(b"", BrokenBoxes), (box(b"styp"), NoFrame)])
def test_nothing_to_encode_is_told_from_a_full_disk(
    data: bytes, kind: type[BrokenBoxes], tmp_path: Path
) -> None:
    with pytest.raises(BrokenBoxes) as refused:
        fragments(written(tmp_path, data))
    assert refused.type is kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        box(b"moov", b"x")[:-1],
        box(b"moov", b"x") + box(b"mdat", bytes(9))[:-1],
        box(b"moov", b"x") + b"\0\0",
        box(b"moov", b"x") + struct.pack(">I4sQ", 1, b"mdat", 25) + bytes(8),
    ],
)
def test_a_file_that_ends_within_a_box_is_not_whole(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "made.mp4"
    file.write_bytes(data)
    with pytest.raises(BrokenBoxes):
        check_whole(file)


def test_a_file_of_whole_boxes_is_whole_also_a_long_one(tmp_path: Path) -> None:
    file = tmp_path / "made.mp4"
    file.write_bytes(box(b"moov", b"x") + struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8))
    check_whole(file)
