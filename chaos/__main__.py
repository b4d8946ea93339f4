"""`./reelmill chaos SCENARIO`: hurts an installation of its own and says what became of every upload. Ends
with 0 only when nothing was found."""

import argparse
import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from chaos import disk, failpoints, sources, stops
from chaos.cluster.__main__ import main as cluster
from chaos.installation import DATABASES, Asked
from chaos.report import Outcome, shown
from chaos.run import Options
from chaos.scenarios.kills import kills
from chaos.scenarios.outages import outages
from chaos.scenarios.repeats import repeats
from chaos.scenarios.rolling import rolling
from chaos.scenarios.storm import storm

SCENARIOS: dict[str, tuple[Callable[[Options], Awaitable[Outcome]], str]] = {
    "kills": (kills, "processes killed every 5 s, servers every 60 s, 1,000 uploads in 10 min"),
    "repeats": (repeats, "every event three times and shuffled"),
    "outages": (outages, "broker away 5 min during 200 uploads, then database and store 2 min each"),
    "rolling": (rolling, "every process restarted with 20 videos in flight"),
    "storm": (storm, "that, and lines that break, processes that stop, a broker without memory"),
}
_CLUSTER = "three RabbitMQ nodes killed, cut off and restarted while videos flow; needs root"
WINDOWS: dict[str, tuple[Callable[[Sequence[str]], int], str]] = {
    "sources": (sources.main, "200 damaged files, each judged by a full decode of it"),
    "disk": (disk.main, "the workers' disk, then the store's, full at 10 points of each stage"),
    "stops": (stops.main, "100 workers stopped past their lease and woken"),
    "failpoints": (failpoints.main, "a process killed at each failpoint, twenty times"),
}
"""Those that hurt one thing at a time, and take arguments of their own: `--help` tells them."""
_LONGEST = 3600.0
"""Seconds: what takes longer hangs."""


def main(arguments: list[str]) -> int:
    if arguments and arguments[0] in WINDOWS:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and all that was begun is ended first
        return WINDOWS[arguments[0]][0](arguments[1:])
    asked = _parsed(arguments)
    if asked.scenario is None:
        print("\n".join(f"{name:<11} {what}" for name, (_, what) in (SCENARIOS | WINDOWS).items()))
        print(f"{'cluster':<11} {_CLUSTER}")
        return 0
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}: --seed {seed} repeats this plan", file=sys.stderr, flush=True)
    if asked.scenario == "cluster":  # has no installation, and a report of its own
        return cluster(seed)
    installation = Asked(database=asked.database, real=asked.real, narrow=asked.narrow)
    options = Options(seed, installation, asked.uploads, asked.seconds, asked.patience)
    try:
        # Whatever the installation's parts say to each other goes through this process.
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            outcome = runner.run(_ended(SCENARIOS[asked.scenario][0], options))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
    print(shown(outcome))
    return 0 if outcome.is_good else 1


async def _ended(scenario: Callable[[Options], Awaitable[Outcome]], options: Options) -> Outcome:
    """SIGTERM, too, takes everything down."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with asyncio.timeout(_LONGEST):
        return await scenario(options)


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./reelmill chaos", description=__doc__)
    parser.add_argument("scenario", nargs="?", choices=(*SCENARIOS, "cluster"), help="none lists them")
    parser.add_argument("--seed", type=int, help="repeats a plan; drawn and said when not given")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--uploads", type=int, help="how many")
    parser.add_argument("--seconds", type=float, help="how long the faults go on, or each outage lasts")
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds until what waits counts as stuck"
    )
    parser.add_argument("--real", action="store_true", help="real workers and clips of 2 s, no stand-in")
    parser.add_argument("--narrow", action="store_true", help="fewer processes, for a run of seconds")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
