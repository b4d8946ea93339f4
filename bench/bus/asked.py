"""What a program of this bench is asked to do, and the moments that it writes down. Standard library only,
because the peers' run in an environment of their own."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    publishes: bool
    broker: str
    database: str
    """Empty for ways that have none."""
    count: int
    interval: float
    """Seconds between two events that are published."""
    out: Path


def asked() -> Asked:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["publish", "work"])
    for name in ("broker", "database"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--count", type=int)
    parser.add_argument("--interval", type=float, default=0)
    parser.add_argument("--out", type=Path)
    said = parser.parse_args()
    return Asked(said.role == "publish", said.broker, said.database, said.count, said.interval, said.out)


class Stamps:
    """When each event was published, or reached its handler: nanoseconds of the machine's monotonic clock,
    which all processes share."""

    def __init__(self, wanted: Asked) -> None:
        self._wanted = wanted
        self._at: dict[str, int] = {}

    def names(self) -> Iterator[str]:
        return (f"event-{number}" for number in range(self._wanted.count))

    def note(self, name: str) -> None:
        self._at[name] = time.monotonic_ns()

    @property
    def complete(self) -> bool:
        return len(self._at) >= self._wanted.count

    def ready(self) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    def write(self) -> None:
        self._wanted.out.write_text(json.dumps(self._at))
