"""Events a second and publish-to-handler time of our whole path and of others: `python -m bench.bus`.

It starts a RabbitMQ node and a PostgreSQL cluster of its own, which syncs to disk as one in use does.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.bus import environment
from bench.bus.measuring import Measuring, Paced
from bench.bus.ways import Way, ways
from bench.report import Figures, machine, rotated, table
from tests.servers import PostgresServer, RabbitServer


@dataclass
class Measured:
    way: Way
    rates: list[float] = field(default_factory=list)
    paced: list[Paced] = field(default_factory=list)

    @property
    def rate(self) -> Figures:
        return Figures(tuple(self.rates))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--paced", type=int, default=300, help="events for the latency")
    parser.add_argument("--interval", type=float, default=0.03, help="seconds between two of them")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--environment", type=Path, help="where the peers' is kept, else made anew")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name:
        python = environment.made(asked.environment or Path(name) / "peers")
        with servers(Path(name)) as (rabbit, postgres):
            measuring = Measuring(rabbit, postgres, Path(name), python)
            measured = measure(measuring, ways(), asked.runs, asked.events, asked.paced, asked.interval)
    print(f"{machine()}, RabbitMQ on the same machine, median (lowest-highest) of {asked.runs}\n")
    print(f"{figures(measured)}\n\n{guarantees(measured)}")
    return verdict(measured)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[RabbitServer, PostgresServer]]:
    folder.chmod(0o755)  # the cluster's user must get in
    (folder / "postgres").mkdir()
    rabbit, postgres = RabbitServer(folder), PostgresServer(folder / "postgres", durable=True)
    try:
        rabbit.start()
        postgres.start()
        yield rabbit, postgres
    finally:
        postgres.stop()
        rabbit.close()


def measure(
    measuring: Measuring, compared: Sequence[Way], runs: int, events: int, paced: int, interval: float
) -> list[Measured]:
    measured = {way.name: Measured(way) for way in compared}
    for run in range(runs):
        for name in rotated(list(measured), run):
            each = measured[name]
            each.rates.append(measuring.throughput(each.way, events))
            each.paced.append(measuring.latency(each.way, paced, interval))
            print(f"{name}: {each.rates[-1]:.0f}/s, {each.paced[-1]}", file=sys.stderr, flush=True)
    return list(measured.values())


def figures(measured: Sequence[Measured]) -> str:
    head = (
        "way",
        "events/s per worker",
        "p50 ms",
        "p99 ms",
        *(f"part of {each.way.name}" for each in measured[:2]),
    )
    return table(
        head,
        [
            (
                each.way.name,
                each.rate.shown(0),
                Figures(tuple(paced.p50 for paced in each.paced)).shown(1),
                Figures(tuple(paced.p99 for paced in each.paced)).shown(1),
                *(each.rate.over(ours.rate).shown() for ours in measured[:2]),
            )
            for each in measured
        ],
    )


def guarantees(measured: Sequence[Measured]) -> str:
    head = ("way", "guarantees", "gives up")
    return table(head, [(each.way.name, each.way.guarantees, each.way.gives_up) for each in measured])


def verdict(measured: Sequence[Measured]) -> int:
    """Whether, on each database, nobody who gives the same is faster."""
    slower = 0
    for ours in (each for each in measured if not each.way.theirs):
        peers = [m for m in measured if m.way.theirs and m.way.same and m.way.database == ours.way.database]
        fastest = max(peers, key=lambda peer: peer.rate.median, default=None)
        if fastest is not None and ours.rate.over(fastest.rate).median < 1:
            print(f"\n{ours.way.name} runs at {ours.rate.over(fastest.rate).shown()} of {fastest.way.name}.")
            slower = 1
    return slower


if __name__ == "__main__":
    sys.exit(main())
