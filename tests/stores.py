"""S3 servers beside the embedded one, for the contract suite: `REELMILL_TEST_STORE=swift` or `minio`.

Neither comes with `./reelmill test`: docs/parts.md says how to get them and what they showed.
"""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
from minio import Minio

from cli.local.ports import HOST, pick_free
from cli.local.program import Program, environment_without
from tests.servers import Server
from tests.swift import cluster

VARIABLE = "REELMILL_TEST_STORE"
_REGION = "us-east-1"


class OtherStore:
    """What the suite asks of a server, whichever it is."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str) -> None:
        self.endpoint, self.access_key, self.secret_key = endpoint, access_key, secret_key
        self._buckets = itertools.count(1)

    @property
    def client(self) -> Minio:
        host = self.endpoint.removeprefix("http://")
        return Minio(host, self.access_key, self.secret_key, secure=False, region=_REGION)

    def new_bucket(self) -> str:
        name = f"test-{next(self._buckets)}"
        self.client.make_bucket(name)
        return name


class MinioStore(OtherStore):
    """MinIO or its fork Silo: the program `minio` on PATH."""

    def __init__(self, folder: Path) -> None:
        ports = pick_free(["store", "console"])
        super().__init__(f"http://{HOST}:{ports['store']}", "test-key", "test-secret")
        program = shutil.which("minio")
        assert program, "minio is missing on PATH; docs/parts.md says where it comes from"
        where = ("--address", f"{HOST}:{ports['store']}", "--console-address", f"{HOST}:{ports['console']}")
        self._server = Server(
            Program(
                "minio",
                (program, "server", str(folder / "data"), *where),
                environment_without("MINIO_")
                | {"MINIO_ROOT_USER": self.access_key, "MINIO_ROOT_PASSWORD": self.secret_key},
                folder=folder,
                works=lambda: _says_ok(f"{self.endpoint}/minio/health/ready"),
            ),
            folder,
        )

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.kill()


class SwiftStore(OtherStore):
    """OpenStack Swift with s3api: a proxy, and one server each for accounts, containers and objects."""

    def __init__(self, folder: Path) -> None:
        ports = pick_free(["proxy", *cluster.BEHIND])
        super().__init__(
            f"http://{HOST}:{ports['proxy']}", f"{cluster.ACCOUNT}:{cluster.USER}", "test-secret"
        )
        self._servers = [
            Server(program, folder)
            for program in cluster.programs(folder, ports, self.secret_key, works=_listens_and_answers)
        ]

    def start(self) -> None:
        for server in self._servers:
            server.start()

    def kill(self) -> None:
        for server in self._servers:
            server.kill()


OTHERS: dict[str, Callable[[Path], MinioStore | SwiftStore]] = {"minio": MinioStore, "swift": SwiftStore}


def other() -> str | None:
    """The name of the server that was asked for."""
    asked = os.environ.get(VARIABLE) or None
    assert asked is None or asked in OTHERS, f"{VARIABLE} is one of {', '.join(OTHERS)}"
    return asked


def _listens_and_answers(port: int) -> bool:
    return _says_ok(f"http://{HOST}:{port}/healthcheck")


def _says_ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
