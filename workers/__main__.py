"""`python -m workers NAME...`: runs those steps or stages, or all, or `relay`, until it is told to stop.
`doctor` instead says what is wrong with this machine."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from pipeline import messages
from pipeline.checkup import Verdict
from pipeline.errors import ReelmillError
from pipeline.host import this_process
from pipeline.logging import configure
from pipeline.patience import patiently
from pipeline.pulse import beat
from pipeline.quarantine import Quarantine
from pipeline.relay import relay
from pipeline.runner import Runner
from pipeline.scratch import clear_leftovers
from pipeline.services import Services, open_services
from pipeline.settings import Settings, SettingsInvalid, from_environment
from pipeline.stage import Stage, steps
from pipeline.sweep import Sweep
from pipeline.topology import work_queue
from workers.machine import of_machine
from workers.stages import build

log = structlog.get_logger()
_RELAY, _DOCTOR = "relay", "doctor"
_STOPS = (signal.SIGTERM, signal.SIGINT)


def main(arguments: list[str], table: Callable[[Settings], tuple[Stage, ...]] = build) -> int:
    try:
        settings = from_environment()
    except SettingsInvalid as problem:
        sys.stderr.write(f"{problem.plain}\n{problem.hint}\n")
        return 1
    if arguments == [_DOCTOR]:
        return _look_at_machine(settings)
    stages = table(settings)
    known = list(dict.fromkeys([*steps(stages), *(stage.name for stage in stages), _RELAY]))
    names = arguments or [*steps(stages), _RELAY]
    unknown = sorted(set(names) - set(known))
    if unknown:
        sys.stderr.write(f"There is no worker called {', '.join(unknown)}; there are {', '.join(known)}.\n")
        return 2
    configure(settings, process="+".join(names))
    try:
        asyncio.run(_serve(settings, stages, names))
    except ReelmillError as error:
        _tell(error)
        return 1
    except BaseExceptionGroup as group:
        ours, others = group.split(ReelmillError)
        for leaf in _leaves(ours):
            _tell(leaf)
        if others is not None:
            raise others from None
        return 1
    return 0


def _look_at_machine(settings: Settings) -> int:
    """One finding a line; 1 if anything is wrong."""
    found = asyncio.run(of_machine(settings))
    for finding in found:
        sys.stdout.write(f"{finding.verdict}: {finding.said} {finding.next}".rstrip() + "\n")
    return int(any(finding.verdict is Verdict.WRONG for finding in found))


def _tell(error: BaseException) -> None:
    assert isinstance(error, ReelmillError)  # noqa: S101
    log.error("cannot_run", code=error.code, why=error.plain, hint=error.hint)


def _leaves(group: BaseExceptionGroup[BaseException] | None) -> Iterator[BaseException]:
    for error in group.exceptions if group else ():
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _serve(settings: Settings, stages: tuple[Stage, ...], names: list[str]) -> None:
    """Ends when asked to by SIGTERM or SIGINT, with every job handed back; a second one ends it at once."""
    loop = asyncio.get_running_loop()
    serving = asyncio.ensure_future(_work_until_cancelled(settings, stages, names))

    def stop() -> None:
        for number in _STOPS:
            loop.remove_signal_handler(number)
        serving.cancel()

    for number in _STOPS:
        loop.add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await serving


async def _work_until_cancelled(settings: Settings, stages: tuple[Stage, ...], names: list[str]) -> None:
    async with open_services(settings, stages) as services:
        await patiently(services.store.prepare)
        for stage in chosen(stages, names):
            clear_leftovers(settings.work.scratch, stage.name)
        log.info("ready", names=names)
        async with asyncio.TaskGroup() as group:
            for work in (*_work(services, names), *_pulse(services, names)):
                group.create_task(work)


def chosen(stages: tuple[Stage, ...], names: list[str]) -> list[Stage]:
    """A step's name stands for all of its stages."""
    return [stage for stage in stages if {stage.name, stage.step} & set(names)]


def _work(services: Services, names: list[str]) -> list[Coroutine[Any, Any, None]]:
    quarantine = Quarantine()
    work = [_runner(services, stage, quarantine).run() for stage in chosen(services.stages, names)]
    if _RELAY in names:
        holder = this_process()
        bus, ledger, settings = services.bus, services.ledger, services.settings
        work.append(relay(bus, ledger, settings.relay, holder))
        work.append(Sweep(bus, services.store, ledger, services.stages, settings).run(holder))
    return work


def _pulse(services: Services, names: list[str]) -> list[Coroutine[Any, Any, None]]:
    """Whoever waits for work must reach the broker, whoever does any the database as well."""
    stages = chosen(services.stages, names)

    async def can_work() -> bool:
        for stage in stages:
            await services.bus.depth(work_queue(stage.name))  # over the connection that work comes by
        return await services.bus.ready() and await services.ledger.ready()

    file = services.settings.work.pulse
    return [beat(Path(file), can_work)] if file else []


def _runner(services: Services, stage: Stage, quarantine: Quarantine) -> Runner:
    consumed = messages.consumed_topics(services.stages)
    work = services.settings.work
    return Runner(stage, services.bus, services.store, services.ledger, work, consumed, quarantine)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
