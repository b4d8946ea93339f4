"""API processes as tests start them: without a broker, on a store of the test's."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from cli.local.ports import pick_free
from tests.processes import eventually
from tests.servers import S3Server

NOBODY = "127.0.0.1:9"
"""The discard port: refused."""


def environment(folder: Path, port: int, store: dict[str, str]) -> dict[str, str]:
    settings = {
        "DATABASE__URL": f"sqlite:///{folder}/reelmill.db",
        "BROKER__URL": f"amqp://guest:guest@{NOBODY}/",
        "API__PORT": str(port),
        "UPLOAD__PART_BYTES": str(5 * 1024**2),
        **store,
    }
    return os.environ | {f"REELMILL_{name}": value for name, value in settings.items()}


def in_bucket(s3: S3Server, bucket: str) -> dict[str, str]:
    return {
        "STORE__ENDPOINT": s3.endpoint,
        "STORE__ACCESS_KEY": s3.access_key,
        "STORE__SECRET_KEY": s3.secret_key,
        "STORE__BUCKET": bucket,
    }


@contextmanager
def running(folder: Path, store: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = pick_free(["api"])["api"]
    settings = environment(folder, port, store)
    subprocess.run([sys.executable, "-m", "pipeline", "migrate"], env=settings, check=True)
    with (folder / "api.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "upload_api"], env=settings, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: process.poll() is not None or _answers(url))
        assert process.poll() is None, (folder / "api.log").read_text()
        yield process, url
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def stop(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(30)
