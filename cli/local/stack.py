"""The parts of one private stack: its servers, its applications, and what they are told."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import URL

from cli.local import rabbitmq, store
from cli.local.credentials import Credentials, keep_credentials
from cli.local.ports import HOST, accepts_connections, keep_free
from cli.local.program import Program
from cli.local.rabbitmq import RabbitNode
from cli.local.store import LocalStore

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Applications:
    migration: Program
    """Run to its end before the others start."""
    processes: tuple[Program, ...]


@dataclass(frozen=True)
class Stack:
    folder: Path
    api_port: int
    ports: dict[str, int]
    credentials: Credentials
    api_host: str = HOST
    """Where this machine reaches the API."""

    @classmethod
    def in_folder(cls, folder: Path, api_port: int, api_host: str = HOST) -> "Stack":
        names = (*rabbitmq.PORT_NAMES, *store.PORT_NAMES)
        ports = keep_free(folder / "ports.json", names, taken={api_port})
        return cls(folder, api_port, ports, keep_credentials(folder / "secrets.json"), reachable(api_host))

    @property
    def broker(self) -> RabbitNode:
        ports = {name: self.ports[name] for name in rabbitmq.PORT_NAMES}
        secrets = self.credentials
        return RabbitNode(self.folder / "rabbitmq", secrets.broker_user, secrets.broker_password, **ports)

    @property
    def store(self) -> LocalStore:
        secrets = self.credentials
        return LocalStore(
            self.folder / "store", secrets.store_access_key, secrets.store_secret_key, self.ports["store"]
        )

    @property
    def urls(self) -> dict[str, str]:
        host = f"[{self.api_host}]" if ":" in self.api_host else self.api_host
        api = f"http://{host}:{self.api_port}"
        return {
            "page": f"{api}/",
            "api": api,
            "docs": f"{api}/docs",
            "rabbitmq": f"{self.broker.management_url}/",
            "store": self.store.endpoint,
        }

    def prepare(self) -> None:
        (self.folder / "scratch").mkdir(exist_ok=True)
        self.broker.prepare()
        self.store.prepare()

    def applications(self, workers: Iterable[str]) -> "Applications":
        environment = self._environment()
        api = Program("api", _python("upload_api"), environment, works=self._api_is_ready)
        return Applications(
            migration=Program("migrate", _python("pipeline", "migrate"), environment),
            processes=(
                api,
                *(Program(name, _python("workers", name), environment, steady_for=1.5) for name in workers),
            ),
        )

    def _environment(self) -> dict[str, str]:
        # Put together by those who take it apart: a folder's name may hold `?` or `%`.
        database = URL.create("sqlite", database=str(self.folder / "reelmill.db"))
        ours = {
            "REELMILL_DATABASE__URL": database.render_as_string(hide_password=False),
            "REELMILL_BROKER__URL": self.broker.amqp_url(),
            "REELMILL_BROKER__MANAGEMENT_URL": self.broker.management_url,
            "REELMILL_STORE__ENDPOINT": self.store.endpoint,
            "REELMILL_STORE__ACCESS_KEY": self.store.access_key,
            "REELMILL_STORE__SECRET_KEY": self.store.secret_key,
            "REELMILL_NOTICE__SECRET": self.credentials.notice_secret,
            "REELMILL_WORK__SCRATCH": str(self.folder / "scratch"),
        }
        # Whoever set one of these in the shell meant it; the port alone is the command's to say.
        return ours | os.environ | {"REELMILL_API__PORT": str(self.api_port), "PYTHONPATH": str(ROOT)}

    def _api_is_ready(self) -> bool:
        if not accepts_connections(self.api_port, self.api_host):
            return False
        try:
            return httpx.get(f"{self.urls['api']}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


def reachable(host: str) -> str:
    """A server that listens everywhere is asked on loopback."""
    return {"": HOST, "0.0.0.0": HOST, "::": "::1"}.get(host, host)  # noqa: S104  it is not listened on


def _python(*module_and_arguments: str) -> tuple[str, ...]:
    # -P: modules in the folder that `up` was called from are not ours.
    return (sys.executable, "-P", "-m", *module_and_arguments)
