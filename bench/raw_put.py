"""A multipart PUT through the SDK alone, in a process of its own, so that its memory can be told apart.

`python -m bench.raw_put ENDPOINT BUCKET KEY CLIP PADDING PART_BYTES` with the keys in the environment;
prints seconds and its peak memory as JSON.
"""

import io
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from minio import Minio

from bench.memory import forget_peak, peak
from bench.padding import padded


class Blocks(io.RawIOBase):
    """What the SDK reads from: the blocks of an iterator, one after another."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """Less than asked for when a block ends; nothing at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = memoryview(block)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


def main(endpoint: str, bucket: str, key: str, clip: str, padding: str, part_bytes: str) -> None:
    host = endpoint.removeprefix("http://")
    access, secret = os.environ["STORE_ACCESS_KEY"], os.environ["STORE_SECRET_KEY"]
    client = Minio(host, access_key=access, secret_key=secret, secure=False, region="us-east-1")
    blocks = Blocks(padded(Path(clip).read_bytes(), int(padding)))
    forget_peak(os.getpid())
    started = time.monotonic()
    # One part at a time, as we send them: the embedded store wants them in order.
    stream = cast("BinaryIO", blocks)  # all that the SDK does with it is to read
    client.put_object(bucket, key, stream, -1, part_size=int(part_bytes), num_parallel_uploads=1)
    seconds = time.monotonic() - started
    client.remove_object(bucket, key)
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak(os.getpid())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
