"""Real servers for tests, each started once a session and only when a test asks for it.

`pytest_plugins = ["tests.servers"]` makes the fixtures `rabbitmq`, `s3` and `postgres` known.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from minio import Minio
from sqlalchemy import make_url

from cli.local.ports import HOST, pick_free
from cli.local.program import Program, environment_without
from cli.local.rabbitmq import PORT_NAMES, RabbitNode
from cli.local.store import LocalStore


class Server:
    """One program that a test may start, stop and kill. Use it from the main thread only."""

    def __init__(self, program: Program, logs: Path) -> None:
        self._program = program
        self._log = logs / f"{program.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None, f"{self._program.name} was not started"
        return self._child.pid

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def program(self) -> Program:
        """For whoever runs it otherwise."""
        return self._program

    def start(self) -> None:
        self._program.prepare()
        with self._log.open("ab") as output:
            self._child = subprocess.Popen(
                self._program.argv,
                env=dict(self._program.environment),
                cwd=self._program.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait_until_it_works(self._child)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._child is None or not self.runs:
            return
        self._child.send_signal(how)
        try:
            self._child.wait(self._program.stop_within)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _wait_until_it_works(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._program.ready_within
        while not self._program.works():
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._program.name} did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.05)


_RABBIT_CONTROL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


class RabbitServer(Server):
    """A private RabbitMQ node; `kill` and `start` are those of the node, its epmd stays. `options` go
    into its configuration."""

    def __init__(self, folder: Path, options: Mapping[str, str | int] | None = None) -> None:
        self._node = RabbitNode(folder / "rabbitmq", "tester", "tester-password", **pick_free(PORT_NAMES))
        self._node.prepare()
        lines = [f"{name} = {value}\n" for name, value in (options or {}).items()]
        (self._node.folder / "conf.d" / "tests.conf").write_text("".join(lines))
        self._epmd = Server(self._node.epmd_program(), folder)
        self._vhosts = itertools.count(1)
        self.user, self.password = self._node.user, self._node.password
        self.management_url = self._node.management_url
        super().__init__(self._node.server_program(), folder)

    def start(self) -> None:
        if not self._epmd.runs:
            self._epmd.start()
        super().start()

    def close(self) -> None:
        self.kill()
        self._epmd.kill()

    def amqp_url(self, vhost: str = "/") -> str:
        return self._node.amqp_url(vhost)

    def new_vhost(self) -> str:
        """An empty broker for one test, in milliseconds."""
        name = f"test-{next(self._vhosts)}"
        self.api("PUT", f"/vhosts/{name}")
        return name

    def control(self, *command: str) -> str:
        """What rabbitmqctl says, e.g. of `control("set_disk_free_limit", "1TB")`."""
        argv = self._node.command(_RABBIT_CONTROL, "--quiet", *command)
        done = subprocess.run(argv, env=self._node.environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def api(self, method: str, path: str, **body: object) -> httpx.Response:
        """A call of the management API, e.g. `api("GET", "/queues/test-1")`."""
        url = f"{self.management_url}/api{path}"
        answer = httpx.request(method, url, auth=(self.user, self.password), json=body or None, timeout=10)
        return answer.raise_for_status()


class S3Server(Server):
    def __init__(self, folder: Path) -> None:
        self._store = LocalStore(folder / "store", "test-key", "test-secret", pick_free(["store"])["store"])
        self._buckets = itertools.count(1)
        self.folder = self._store.folder
        self.endpoint, self.access_key = self._store.endpoint, self._store.access_key
        self.secret_key = self._store.secret_key
        super().__init__(self._store.program(), folder)

    @property
    def client(self) -> Minio:
        host = self.endpoint.removeprefix("http://")
        return Minio(host, self.access_key, self.secret_key, secure=False, region="us-east-1")

    def new_bucket(self) -> str:
        name = f"test-{next(self._buckets)}"
        self.client.make_bucket(name)
        return name


class PostgresServer(Server):
    """A private cluster; for speed it forgets what it was told unless `durable`. PostgreSQL refuses to run as
    root."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._safety = "on" if durable else "off"
        self._cluster = folder / "cluster"
        self.port = pick_free(["postgres"])["postgres"]
        self._names = itertools.count(1)
        self._as_user = _unprivileged(folder)
        super().__init__(self._server_program(folder), folder)

    def stop(self) -> None:
        # Not SIGTERM, which waits for clients; not SIGKILL, which leaks its shared memory.
        self._end(signal.SIGINT)

    def new_database(self) -> str:
        """The SQLAlchemy URL of an empty database."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres@{HOST}:{self.port}/{name}"

    @property
    def _dsn(self) -> str:
        return f"host={HOST} port={self.port} user=postgres dbname=postgres"

    def _create_cluster(self) -> None:
        if self._cluster.exists():
            return
        command = (*self._as_user, _postgres_tool("initdb"), "-D", str(self._cluster), "-U", "postgres")
        options = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        subprocess.run((*command, *options), check=True, capture_output=True, cwd="/")

    def _server_program(self, folder: Path) -> Program:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": self._safety,
            "full_page_writes": self._safety,
            "synchronous_commit": self._safety,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            "postgres",
            (*self._as_user, _postgres_tool("postgres"), "-D", str(self._cluster), *options),
            environment_without("PG"),
            folder=folder,
            prepare=self._create_cluster,
            works=self._answers,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged(folder: Path) -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    ids = ("--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups")
    # Said again here: a change of user forgets it.
    return ("setpriv", *ids, "--pdeathsig", "KILL", "--")


def _postgres_tool(name: str) -> str:
    of_debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    tool = str(of_debian[-1]) if of_debian else shutil.which(name)
    assert tool, f"{name} is missing: apt-get install postgresql"
    return tool


@contextmanager
def _server_folder(name: str) -> Iterator[Path]:
    # Not pytest's own folder: that one is closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix=f"reelmill-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitServer]:
    with _server_folder("rabbitmq") as folder:
        server = RabbitServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with _server_folder("s3") as folder:
        server = S3Server(folder)
        try:
            server.start()
            yield server
        finally:
            server.kill()


class OutsidePostgres:
    """A server that somebody else runs, of any version: `REELMILL_TEST_POSTGRES` is its libpq URL."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._names = itertools.count(1)

    def new_database(self) -> str:
        name = f"test_{os.getpid()}_{next(self._names)}"
        with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        database = self._url.set(drivername="postgresql+psycopg", database=name)
        return database.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer | OutsidePostgres]:
    if outside := os.environ.get("REELMILL_TEST_POSTGRES"):
        yield OutsidePostgres(outside)
        return
    with _server_folder("postgres") as folder:
        server = PostgresServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
