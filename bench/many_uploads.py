"""Many resumable uploads at once to one API process: `python -m bench.many_uploads`. What the process holds
at most, and how fast it is beside a raw multipart PUT of as many bytes by the same SDK to the same store.

As many, because what fits into the system's memory is not yet written to the disk, and what does not is.
Starts a store and an API process of its own. Fails over 256 MiB, or below 0.8 of the raw PUT.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx

from bench.memory import forget_peak, peak
from bench.report import Figures, machine
from pipeline.settings import UploadSettings
from tests.api_processes import in_bucket, running
from tests.servers import S3Server

_MIB = 1024**2
_BLOCK = os.urandom(_MIB)
_MOST = 256.0
_LEAST = 0.8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--megabytes", type=int, default=1024)
    asked = parser.parse_args()
    part = str(UploadSettings().part_bytes)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reelmill-bench-")))
        s3 = S3Server(folder)
        stack.callback(s3.kill)
        s3.start()
        bucket = s3.new_bucket()
        process, url = stack.enter_context(
            running(folder, in_bucket(s3, bucket) | {"UPLOAD__PART_BYTES": part})
        )
        together = asked.uploads * asked.megabytes
        before = raw(s3, bucket, folder, together)
        forget_peak(process.pid)
        started = time.monotonic()
        with ThreadPoolExecutor(asked.uploads) as pool:
            list(pool.map(lambda _: send(url, asked.megabytes), range(asked.uploads)))
        rate = together * _MIB / 1e6 / (time.monotonic() - started)
        held = peak(process.pid)
        after = raw(s3, bucket, folder, together)
    ratios = Figures((rate / before, rate / after))
    print(f"{machine()}, {asked.uploads} uploads of {asked.megabytes} MiB at once\n")
    print(f"API memory at its peak   {held:.0f} MiB (asked: at most {_MOST:.0f})")
    print(f"all of them together     {rate:.0f} MB/s")
    print(f"raw PUT before and after {before:.0f} and {after:.0f} MB/s, of which {ratios.shown()}")
    return 0 if held <= _MOST and ratios.median >= _LEAST else 1


def send(url: str, megabytes: int) -> None:
    tus = {"Tus-Resumable": "1.0.0"}
    with httpx.Client(base_url=url, timeout=1800) as http:
        length = {"Upload-Length": str(megabytes * _MIB)}
        place = http.post("/v1/uploads", headers=tus | length).raise_for_status().headers["Location"]
        stream = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        size = {"Content-Length": str(megabytes * _MIB)}
        http.patch(place, headers=tus | stream | size, content=_blocks(megabytes)).raise_for_status()


def raw(s3: S3Server, bucket: str, folder: Path, megabytes: int) -> float:
    """MB/s."""
    empty = folder / "empty"
    empty.write_bytes(b"")
    place = (s3.endpoint, bucket, "bench/raw", str(empty), str(megabytes * _MIB))
    done = subprocess.run(
        [sys.executable, "-m", "bench.raw_put", *place, str(UploadSettings().part_bytes)],
        env=os.environ | {"STORE_ACCESS_KEY": s3.access_key, "STORE_SECRET_KEY": s3.secret_key},
        check=True,
        stdout=subprocess.PIPE,
    )
    return float(megabytes * _MIB / 1e6 / json.loads(done.stdout)["seconds"])


def _blocks(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield _BLOCK


if __name__ == "__main__":
    sys.exit(main())
