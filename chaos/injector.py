"""Does to an installation what a plan says, when it says so, and undoes what lasts for a while only."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

from chaos import plan
from chaos.alarm import memory_alarm
from chaos.installation import Installation
from chaos.plan import Fault
from chaos.proxy import FINE, Weather


class Injector:
    def __init__(self, installation: Installation, tell: Callable[[str], None] = lambda _: None) -> None:
        self.done: Counter[str] = Counter()
        """How many of each kind."""
        self._installation = installation
        self._tell = tell

    async def follow(self, faults: Sequence[Fault]) -> None:
        """Returns when the last one is over."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for fault in faults:
                await asyncio.sleep(max(0.0, began + fault.at - time.monotonic()))
                group.create_task(self.inject(fault))

    async def inject(self, fault: Fault) -> None:
        """Returns when it is over."""
        self._tell(str(fault))
        self.done[fault.kind] += 1
        match fault.kind:
            case plan.KILL:
                self._installation.kept[fault.target].kill()
            case plan.TERMINATE:
                self._installation.kept[fault.target].send(signal.SIGTERM)
            case plan.PAUSE:
                await self._paused(fault)
            case plan.ALARM:
                await memory_alarm(self._installation.broker, fault.seconds)
            case _:
                await self._in_weather(fault)

    async def _paused(self, fault: Fault) -> None:
        kept = self._installation.kept[fault.target]
        kept.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            kept.send(signal.SIGCONT)

    async def _in_weather(self, fault: Fault) -> None:
        line = self._installation.lines[fault.target]
        line.weather = _weather(fault)
        try:
            await asyncio.sleep(fault.seconds)
        finally:
            line.weather = FINE


def _weather(fault: Fault) -> Weather:
    match fault.kind:
        case plan.DELAY:
            return Weather(delay=fault.amount)
        case plan.SILENCE:
            return Weather(silent=True)
        case plan.RESET:
            return Weather(refuses=True)
        case plan.CUT:
            return Weather(cut_after=int(fault.amount))
    raise ValueError(f"{fault.kind} is no weather")
