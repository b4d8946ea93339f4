"""A process of the installation under fault, started again whenever it ends: `restart: unless-stopped`."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cli.local.process import Process, kill_group, last_lines
from cli.local.program import Program

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_SETTLED = 10.0
"""Seconds after which its next end counts as the first one."""
_POLL = 0.05


class DidNotStart(RuntimeError):
    """A process of the installation does not work; nothing can be said about faults then."""


class Kept:
    """Use it from the main thread: the kernel ties a process's end to the thread that began it."""

    def __init__(self, program: Program, logs: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self.program = program
        self.log = logs / f"{program.name}.log"
        self.exits: list[int] = []
        """How each run of it ended: an exit code, or a signal below 0."""
        self._tell = tell
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._may_run = asyncio.Event()
        self._may_run.set()

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.exit_code is None

    async def start(self) -> None:
        """Returns when it works. Raises DidNotStart."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())
        await self.until_it_works()

    async def until_it_works(self) -> None:
        """Raises DidNotStart."""
        deadline = time.monotonic() + self.program.ready_within
        while not (self.runs and await asyncio.to_thread(self.program.works)):
            if time.monotonic() > deadline:
                said = last_lines(self.log) if self.log.exists() else ""
                raise DidNotStart(f"{self.name} does not work:\n{said}")
            await asyncio.sleep(_POLL)

    def send(self, number: signal.Signals) -> None:
        """Nothing when it is between two runs."""
        if self.runs:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def hold_down(self) -> None:
        """Killed, and not started again before `let_up`."""
        self._may_run.clear()
        self.kill()

    def let_up(self) -> None:
        self._may_run.set()

    async def close(self, *, gently: bool = False) -> None:
        """For good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is not None:
            if not gently:
                self.kill()
            await self._process.stop()

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            assert self._process is not None
            started = time.monotonic()
            code = await self._process.ended()
            self.exits.append(code)
            pause = _FIRST_PAUSE if time.monotonic() - started > _SETTLED else pause
            self._tell(f"{self.name} ended with {code}")
            await asyncio.sleep(pause)
            await self._may_run.wait()
            pause = min(pause * 2, _LONGEST_PAUSE)
            await self._spawn()

    async def _spawn(self) -> None:
        begun = asyncio.ensure_future(Process.start(self.program, self.log))
        try:
            self._process = await asyncio.shield(begun)
        except asyncio.CancelledError:  # it may run by now: then nobody would end it
            kill_group((await begun).pid)
            raise
