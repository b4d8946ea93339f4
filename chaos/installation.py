"""The whole of Reelmill as real processes on loopback, to be hurt: servers of its own, two API processes, two
relays, workers by step, each started again when it ends, and a line of ours between any two parts."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from chaos.kept import Kept
from chaos.proxy import Line
from cli.local.credentials import Credentials, keep_credentials
from cli.local.ports import HOST, accepts_connections, pick_free
from cli.local.program import Program, environment_without
from cli.local.rabbitmq import PORT_NAMES, RabbitNode
from cli.local.stack import ROOT
from cli.local.store import LocalStore
from tests.installation import QUICK
from tests.servers import PostgresServer

DATABASES = ("sqlite", "postgresql")
_BUCKET = "reelmill"
_PARTS = 256 * 1024
"""Bytes: uploads of a megabyte then take several parts. The store asks for no more of them; others do."""
_ROLES = ("api", "worker", "relay")
_CALLERS = ("client", *_ROLES)
SERVERS = ("broker", "store", "database")


@dataclass(frozen=True)
class Asked:
    """What kind of installation."""

    database: str = "sqlite"
    real: bool = False
    """The real workers and not those that stand in for the encode."""
    narrow: bool = False
    """Two processes with all steps instead of one and more for each: for runs of seconds."""
    job_seconds: float = 0.0
    """What each job of a stand-in takes."""
    settings: dict[str, str] = field(default_factory=dict)
    """Beside the short waits of every run."""


class Installation:
    """See `running`."""

    def __init__(self, folder: Path, asked: Asked, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.asked = asked
        self.kept: dict[str, Kept] = {}
        self.lines: dict[str, Line] = {}
        self._tell = tell
        self._secrets: Credentials = keep_credentials(folder / "secrets.json")
        self._ports = pick_free((*PORT_NAMES, "store", "api-1", "api-2"))
        self._postgres: PostgresServer | None = None
        self._sqlite = f"sqlite:///{folder / 'reelmill.db'}"
        self.database_url = self._sqlite
        """Past every line; so are the next ones."""
        self.broker = RabbitNode(
            folder / "rabbitmq",
            self._secrets.broker_user,
            self._secrets.broker_password,
            **{name: self._ports[name] for name in PORT_NAMES},
        )
        self.store = LocalStore(
            folder / "store",
            self._secrets.store_access_key,
            self._secrets.store_secret_key,
            self._ports["store"],
        )
        self.bucket = _BUCKET

    @property
    def api_urls(self) -> tuple[str, ...]:
        """As a client reaches them."""
        return tuple(f"http://{HOST}:{self.lines[f'client-{name}'].port}" for name in self.names("api"))

    @property
    def own_url(self) -> str:
        """Of the first API process, past the line."""
        return f"http://{HOST}:{self._ports['api-1']}"

    def names(self, *kinds: str) -> tuple[str, ...]:
        """Of processes: `api`, `worker`, `relay`."""
        return tuple(name for name in self.kept if name.startswith(tuple(f"{kind}-" for kind in kinds)))

    @property
    def servers(self) -> tuple[str, ...]:
        """Those that are a process of their own: SQLite is none."""
        return tuple(name for name in SERVERS if name in self.kept)

    async def keep(self, *programs: Program) -> None:
        """Starts them, at the same time."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        kept = [Kept(program, logs, self._tell) for program in programs]
        self.kept |= {each.name: each for each in kept}
        async with asyncio.TaskGroup() as group:
            for each in kept:
                group.create_task(each.start())

    async def close(self) -> None:
        """In reverse order, so that nobody waits for those who are gone."""
        for name in reversed(self.kept):
            # PostgreSQL would leave its shared memory behind; the others leave files only.
            await self.kept[name].close(gently=name == "database")
        for line in self.lines.values():
            await line.close()

    async def start(self) -> None:
        """Raises DidNotStart."""
        self.broker.prepare()
        self.store.prepare()
        (self.folder / "scratch").mkdir()
        await self.keep(self.broker.epmd_program())
        await self.keep(
            replace(self.broker.server_program(), name="broker"), self.store.program(), *self._database()
        )
        if self._postgres is not None:
            self.database_url = await asyncio.to_thread(self._postgres.new_database)
        await self._lay()
        await self._migrate()
        await self.keep(*self._applications())

    def _database(self) -> Iterable[Program]:
        if self.asked.database == "sqlite":
            return ()
        own = self.folder / "postgres"
        own.mkdir()
        self._postgres = PostgresServer(own, durable=True)
        return (replace(self._postgres.program, name="database"),)

    async def _lay(self) -> None:
        """A line from each kind of process to each server, and from the client to each API process."""
        ends = {"broker": self.broker.amqp, "store": self.store.port}
        if self._postgres is not None:
            ends["database"] = self._postgres.port
        pairs = [(role, end, port) for role in _ROLES for end, port in ends.items()]
        pairs += [("client", name, self._ports[name]) for name in ("api-1", "api-2")]
        for caller, end, port in pairs:
            line = Line(f"{caller}-{end}", port)
            await line.open()
            self.lines[line.name] = line

    async def _migrate(self) -> None:
        settings = self._environment("api")
        migration = await asyncio.create_subprocess_exec(*_python("pipeline", "migrate"), env=settings)
        if await migration.wait() != 0:
            raise RuntimeError("The migration failed; its words are above.")

    def _applications(self) -> Iterable[Program]:
        for name in ("api-1", "api-2"):
            environment = self._environment("api") | {"REELMILL_API__PORT": str(self._ports[name])}
            yield Program(name, _python("upload_api"), environment, works=self._is_healthy(name))
        module = "workers" if self.asked.real else "chaos.worker"
        for name, steps in self._layout():
            yield Program(f"worker-{name}", _python(module, *steps), self._environment("worker"))
        for number in (1, 2):
            yield Program(f"relay-{number}", _python("workers", "relay"), self._environment("relay"))

    def _layout(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        steps = ("transcode", "thumbnail", "metadata", "notify", "storyboard", "preview")
        if self.asked.narrow:
            return [("all-1", steps), ("all-2", steps)]
        one_each = [(step, (step,)) for step in steps[1:]]
        return [("transcode-1", steps[:1]), ("transcode-2", steps[:1]), *one_each]

    def _environment(self, role: str) -> dict[str, str]:
        ours = QUICK | {
            "REELMILL_DATABASE__URL": self._database_over_line(role),
            "REELMILL_BROKER__URL": self.broker.amqp_url().replace(
                f":{self.broker.amqp}/", f":{self.lines[f'{role}-broker'].port}/"
            ),
            "REELMILL_STORE__ENDPOINT": f"http://{HOST}:{self.lines[f'{role}-store'].port}",
            "REELMILL_STORE__ACCESS_KEY": self.store.access_key,
            "REELMILL_STORE__SECRET_KEY": self.store.secret_key,
            "REELMILL_STORE__BUCKET": _BUCKET,
            "REELMILL_NOTICE__SECRET": self._secrets.notice_secret,
            "REELMILL_UPLOAD__PART_BYTES": str(_PARTS),
            "REELMILL_UPLOAD__ABANDONED_AFTER": "PT10S",  # on a busy machine three are none
            "REELMILL_WORK__SCRATCH": str(self.folder / "scratch"),
            "CHAOS_JOB_SECONDS": str(self.asked.job_seconds),
            "PYTHONPATH": str(ROOT),
        }
        return environment_without("REELMILL_") | ours | self.asked.settings

    def _database_over_line(self, role: str) -> str:
        if self._postgres is None:
            return self._sqlite
        line = self.lines[f"{role}-database"]
        return self.database_url.replace(f":{self._postgres.port}/", f":{line.port}/")

    def _is_healthy(self, name: str) -> Callable[[], bool]:
        port = self._ports[name]

        def asked() -> bool:
            if not accepts_connections(port):
                return False
            try:
                return httpx.get(f"http://{HOST}:{port}/healthz", timeout=2, trust_env=False).is_success
            except httpx.HTTPError:
                return False

        return asked


@asynccontextmanager
async def running(
    folder: Path, asked: Asked, tell: Callable[[str], None] = lambda _: None
) -> AsyncIterator[Installation]:
    """From the first process to the last; nothing of it is left afterwards but `folder`."""
    folder.chmod(0o755)  # noqa: ASYNC240  before anything runs; the user that PostgreSQL runs as must get in
    installation = Installation(folder, asked, tell)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(installation.close)
        await installation.start()
        yield installation


def _python(*module_and_arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", *module_and_arguments)
