"""One way on a broker and a database of its own: as fast as it goes, then at a pace that it can keep."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.bus.environment import ROOT, variables
from bench.bus.ways import Way
from pipeline.adapters.database.migrate import migrate
from pipeline.settings import DatabaseSettings
from tests.servers import PostgresServer, RabbitServer

_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Paced:
    p50: float
    """Milliseconds from just before the publish to the handler."""
    p99: float


class ProgramFailed(Exception):
    """With the end of what it wrote to stderr."""


class Measuring:
    def __init__(self, rabbit: RabbitServer, postgres: PostgresServer, folder: Path, theirs: Path) -> None:
        self._rabbit = rabbit
        self._postgres = postgres
        self._folder = folder
        self._theirs = theirs
        self._numbers = count(1)

    def throughput(self, way: Way, events: int) -> float:
        """Events a second that one worker takes from a full queue, each with one that follows it."""
        with self._place(way) as place:
            self._run(way, place, "publish", events)
            handled = sorted(self._run(way, place, "work", events).values())
        return rate(handled)

    def latency(self, way: Way, events: int, interval: float) -> Paced:
        with self._place(way) as place, self._started(way, place, "work", events) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()  # it is ready
            sent = self._run(way, place, "publish", events, "--interval", str(interval))
            worker.wait(_PATIENCE_SECONDS)
            return paced(sent, self._stamps("work"))

    @contextmanager
    def _place(self, way: Way) -> Iterator[list[str]]:
        vhost = self._rabbit.new_vhost()
        database = self._database(way)
        try:
            yield ["--broker", self._rabbit.amqp_url(vhost), "--database", database]
        finally:
            self._rabbit.api("DELETE", f"/vhosts/{vhost}")

    def _database(self, way: Way) -> str:
        if not way.database:
            return ""
        postgres = way.database == "postgresql"
        name = f"sqlite:///{self._folder}/{next(self._numbers)}.db"
        url = self._postgres.new_database() if postgres else name
        if way.theirs:
            return url.replace("+psycopg", "")
        migrate(DatabaseSettings(url=url))
        return url

    def _run(self, way: Way, place: list[str], role: str, events: int, *more: str) -> dict[str, int]:
        with self._started(way, place, role, events, *more) as program:
            program.wait(_PATIENCE_SECONDS)
        if program.returncode:
            raise ProgramFailed(f"{way.name}, {role}: {self._errors(role).read_text()[-2000:]}")
        return self._stamps(role)

    def _stamps(self, role: str) -> dict[str, int]:
        stamps: dict[str, int] = json.loads((self._folder / role).read_text())
        return stamps

    def _errors(self, role: str) -> Path:
        return self._folder / f"{role}.log"

    @contextmanager
    def _started(
        self, way: Way, place: list[str], role: str, events: int, *more: str
    ) -> Iterator[subprocess.Popen[str]]:
        python = str(self._theirs) if way.theirs else sys.executable
        told = ("--count", str(events), "--out", str(self._folder / role), *more)
        command = [python, "-m", way.module, role, *place, *told]
        with (
            self._errors(role).open("w") as errors,
            subprocess.Popen(
                command, cwd=ROOT, env=variables(), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as program,
        ):
            try:
                yield program
            finally:
                if program.poll() is None:
                    program.kill()


def rate(moments: list[int]) -> float:
    """Of moments in nanoseconds, in order: what happened a second between the first and the last."""
    return (len(moments) - 1) / ((moments[-1] - moments[0]) / 1e9)


def paced(sent: dict[str, int], handled: dict[str, int]) -> Paced:
    took = sorted((handled[name] - at) / 1e6 for name, at in sent.items())
    return Paced(took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)])
