"""An upload by somebody else's client over a line that breaks, and what came of it."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.local.stack import ROOT
from tests.servers import S3Server
from tests.tus_clients.line import BadLine, Counts

CLIENTS = {
    "tus-js-client": ("node", str(ROOT / "tests" / "tus_clients" / "upload.cjs")),
    "tuspy": (sys.executable, "-m", "tests.tus_clients.with_tuspy"),
}


@dataclass(frozen=True)
class Outcome:
    counts: Counts
    equal: bool
    """Whether the store has the file's SHA-256."""
    status: str


def upload(
    client: str,
    file: Path,
    ports: Sequence[int],
    s3: S3Server,
    bucket: str,
    *,
    cuts: int,
    chunk: int,
    seed: int,
) -> Outcome:
    """`chunk`: bytes of one PATCH; 0 for as many as there are."""
    with BadLine(ports, cuts, file.stat().st_size, seed) as line:
        endpoint = f"http://127.0.0.1:{line.port}/v1/uploads"
        command = (*CLIENTS[client], endpoint, str(file), str(chunk))
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, f"{client} ended with {done.returncode}: {done.stderr[-3000:]}"
    path = done.stdout.strip().partition("/v1/")[2]
    with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}/v1/") as http:
        head = http.head(path, headers={"Tus-Resumable": "1.0.0"}).raise_for_status()
        video = http.get(f"videos/{head.headers['Reelmill-Video']}").json()
    same = _stored(s3, bucket, video["id"]) == _digest(file)
    return Outcome(line.counts, same, video["status"])


def random_file(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 16 * 1024**2)))
    return path


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"NODE_PATH": str(ROOT / "node_modules")}


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stored(s3: S3Server, bucket: str, video_id: str) -> str:
    digest = hashlib.sha256()
    answer = s3.client.get_object(bucket, f"{video_id}/source")
    try:
        for block in answer.stream(1024**2):
            digest.update(block)
    finally:
        answer.close()
    return digest.hexdigest()
