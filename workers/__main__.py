"""`python -m workers NAME...`: runs those stages, or all, or `relay`, until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from typing import Any

import structlog

from pipeline import messages
from pipeline.errors import ReelmillError
from pipeline.logging import configure
from pipeline.patience import patiently
from pipeline.relay import relay
from pipeline.runner import Runner
from pipeline.scratch import clear_leftovers
from pipeline.services import Services, open_services
from pipeline.settings import Settings, SettingsInvalid, from_environment
from pipeline.stage import Stage
from pipeline.sweep import Sweep
from workers.stages import build

log = structlog.get_logger()
_RELAY = "relay"


def main(arguments: list[str]) -> int:
    try:
        settings = from_environment()
    except SettingsInvalid as problem:
        sys.stderr.write(f"{problem.plain}\n{problem.hint}\n")
        return 1
    stages = build(settings)
    known = [*(stage.name for stage in stages), _RELAY]
    names = arguments or known
    unknown = sorted(set(names) - set(known))
    if unknown:
        sys.stderr.write(f"There is no worker called {', '.join(unknown)}; there are {', '.join(known)}.\n")
        return 2
    configure(settings, process="+".join(names))
    failed = False
    try:
        asyncio.run(_serve(settings, stages, names))
    except* ReelmillError as group:
        failed = True
        for error in group.exceptions:
            log.error("cannot_run", code=getattr(error, "code", "internal"), why=str(error))
    return int(failed)


async def _serve(settings: Settings, stages: tuple[Stage, ...], names: list[str]) -> None:
    """Ends when asked to by SIGTERM or SIGINT, after every job was handed back."""
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with open_services(settings, stages) as services:
        await patiently(services.store.prepare)
        for name in names:
            clear_leftovers(settings.work.scratch, name)
        log.info("ready", names=names)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(work) for work in _work(services, names)]
            await stop.wait()
            for task in running:
                task.cancel()


def _work(services: Services, names: list[str]) -> list[Coroutine[Any, Any, None]]:
    work = [_runner(services, name).run() for name in names if name != _RELAY]
    if _RELAY in names:
        holder = f"{socket.gethostname()}:{os.getpid()}"
        bus, ledger, settings = services.bus, services.ledger, services.settings
        work.append(relay(bus, ledger, settings.relay, holder))
        work.append(Sweep(bus, services.store, ledger, services.stages, settings).run(holder))
    return work


def _runner(services: Services, name: str) -> Runner:
    stage = next(stage for stage in services.stages if stage.name == name)
    consumed = messages.consumed_topics(services.stages)
    return Runner(stage, services.bus, services.store, services.ledger, services.settings.work, consumed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
