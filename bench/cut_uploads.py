"""Other people's tus clients over a line that breaks, to two API processes: `python -m bench.cut_uploads`.

Starts a store and two API processes of its own. Fails when a file does not arrive whole, or when more was
sent twice than the last chunk.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.report import machine, table
from tests.api_processes import in_bucket, running
from tests.servers import S3Server
from tests.tus_clients.cut import CLIENTS, Outcome, random_file, upload

_MIB = 1024**2
_HEAD = (
    "client",
    "chunk",
    "cuts (reset/drop/stall)",
    "seconds",
    "sent again, MiB",
    "most at once, MiB",
    "SHA-256",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--chunk", type=int, default=8, help="MiB of one PATCH")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reelmill-bench-")))
        s3 = S3Server(folder)
        stack.callback(s3.kill)
        s3.start()
        bucket = s3.new_bucket()
        urls = [stack.enter_context(running(folder, in_bucket(s3, bucket)))[1] for _ in range(2)]
        ports = [int(url.rpartition(":")[2]) for url in urls]
        file = random_file(folder / "cut.bin", asked.megabytes * _MIB)
        print(f"{machine()}, {asked.megabytes} MiB, seed {asked.seed}\n")
        return _all(file, ports, s3, bucket, asked)


def _all(file: Path, ports: Sequence[int], s3: S3Server, bucket: str, asked: argparse.Namespace) -> int:
    rows, failed = [], 0
    size = file.stat().st_size
    for client in CLIENTS:
        # tuspy reads a chunk whole into memory, and is not made for one of a gigabyte
        for chunk in (asked.chunk * _MIB,) if client == "tuspy" else (size, asked.chunk * _MIB):
            started = time.monotonic()
            sent = upload(client, file, ports, s3, bucket, cuts=asked.cuts, chunk=chunk, seed=asked.seed)
            rows.append(_row(client, chunk, size, sent, time.monotonic() - started))
            failed += not (sent.equal and max(sent.counts.again) <= min(chunk, asked.chunk * _MIB))
    print(table(_HEAD, rows))
    return 1 if failed else 0


def _row(client: str, chunk: int, size: int, sent: Outcome, seconds: float) -> tuple[str, ...]:
    cuts, again = sent.counts.cuts, sent.counts.again
    return (
        client,
        "whole file" if chunk == size else f"{chunk // _MIB} MiB",
        f"{sum(cuts.values())} ({'/'.join(str(cuts[how]) for how in ('reset', 'drop', 'stall'))})",
        f"{seconds:.0f}",
        f"{sum(again) / _MIB:.1f}",
        f"{max(again) / _MIB:.2f}",
        "equal" if sent.equal else "DIFFERENT",
    )


if __name__ == "__main__":
    sys.exit(main())
