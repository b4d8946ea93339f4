"""A video of any size that costs nothing to make: a short clip, and padding that every reader skips."""

import struct
from collections.abc import Iterator

_BLOCK = bytes(1024 * 1024)


def padded(clip: bytes, padding: int) -> Iterator[bytes]:
    """The clip, then a `free` box of `padding` bytes (ISO/IEC 14496-12, 8.1.2)."""
    yield clip
    yield struct.pack(">I4sQ", 1, b"free", padding)
    for _ in range((padding - 16) // len(_BLOCK)):
        yield _BLOCK
    yield _BLOCK[: (padding - 16) % len(_BLOCK)]
