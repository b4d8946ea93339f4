"""Tells keyframes by their NAL units: a sample's flag is only a claim."""

import re

from cli.conformance.boxes import Broken

IDR = {"avc": {5}, "hevc": set(range(16, 22))}
"""For HEVC all pictures from which decoding can start."""
_STARTS = re.compile(rb"\x00\x00\x01")


def kinds_with_lengths(family: str, data: memoryview, length: int) -> list[int]:
    """Of the NAL units of an MP4 sample. Raises Broken."""
    kinds, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + length], "big")
        if size == 0 or at + length + size > len(data):
            raise Broken("the NAL units of a picture do not fill it")
        kinds.append(kind_of(family, data[at + length]))
        at += length + size
    return kinds


def units(stream: bytes) -> list[bytes]:
    """The NAL units between the start codes of a transport stream's picture."""
    starts = [match.end() for match in _STARTS.finditer(stream)]
    return [
        stream[start:end].rstrip(b"\x00")
        for start, end in zip(starts, [*(at - 3 for at in starts[1:]), len(stream)], strict=True)
    ]


def kind_of(family: str, first: int) -> int:
    return first & 0x1F if family == "avc" else first >> 1 & 0x3F
