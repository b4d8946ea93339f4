"""Starts programs in waves, restarts what dies, stops everything in reverse order."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path

from cli.local.errors import StackError
from cli.local.process import Process, keep_small, kill_group, last_lines
from cli.local.program import Program

_POLL = 0.1
_BACKOFF_FIRST, _BACKOFF_MOST = 0.2, 10.0
_SETTLED = 30.0
"""Seconds after which a process counts as healthy and its next death as the first one."""
_LOG_CHECK = 30.0


class Supervisor:
    def __init__(
        self,
        logs: Path,
        tell: Callable[[str], None] = lambda _: None,
        changed: Callable[[Mapping[str, int]], None] = lambda _: None,
    ) -> None:
        self._logs = logs
        self._tell = tell
        self._changed = changed
        self._waves: list[list[str]] = []
        self._processes: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}

    @property
    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._processes.items()}

    async def start(self, *programs: Program) -> None:
        """Returns when all of them work; they start at the same time."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._waves.append([program.name for program in programs])
        await all_or_none(*(self._start_one(program) for program in programs))

    async def run_once(self, program: Program) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        process = await Process.start(program, self.log_of(program.name))
        try:
            code = await process.ended()
        finally:
            kill_group(process.pid)
        if code != 0:
            raise self._failure(process, f"it ended with exit code {code}")

    async def stop(self) -> None:
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        while self._waves:
            wave = self._waves.pop()
            await asyncio.gather(*(self._processes[name].stop() for name in wave if name in self._processes))

    def kill(self) -> None:
        for pid in self.pids.values():
            kill_group(pid)

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def _start_one(self, program: Program) -> None:
        process = await self._spawn(program)
        await self._wait_until_it_works(process)
        self._keepers[program.name] = asyncio.create_task(self._keep_running(process))

    async def _spawn(self, program: Program) -> Process:
        self._keep_small(program.name)
        process = await Process.start(program, self.log_of(program.name))
        self._processes[program.name] = process
        try:
            self._changed(self.pids)
        except OSError as error:
            # It runs all the same: to fail here would start it a second time.
            self._tell(f"{program.name} runs, but its process id could not be noted: {error}")
        return process

    async def _wait_until_it_works(self, process: Process) -> None:
        program = process.program
        started = time.monotonic()
        while time.monotonic() - started < program.steady_for or not await asyncio.to_thread(program.works):
            if process.exit_code is not None:
                raise self._failure(process, f"it ended with exit code {process.exit_code}")
            if time.monotonic() - started > program.ready_within:
                raise self._failure(process, f"it was not ready within {program.ready_within:.0f} s")
            await asyncio.sleep(_POLL)

    def _failure(self, process: Process, why: str) -> StackError:
        name = process.program.name
        said = last_lines(self.log_of(name)) or "(it wrote nothing)"
        return StackError(f"{name} did not start: {why}. Its last words:\n\n{said}\n\n{self._advice(name)}")

    def _advice(self, name: str) -> str:
        return f"The whole log is {self.log_of(name)}. Mend what it names, then start again."

    async def _keep_running(self, process: Process) -> None:
        pause = _BACKOFF_FIRST
        while True:
            started = time.monotonic()
            code = await self._ended(process)
            pause = _BACKOFF_FIRST if time.monotonic() - started > _SETTLED else pause
            process, pause = await self._start_again(process.program, f"ended ({_how(code)})", pause)

    async def _start_again(self, program: Program, why: str, pause: float) -> tuple[Process, float]:
        """Until the system lets it: a disk that is full now may have room in a minute."""
        while True:
            self._tell(f"{program.name} {why}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _BACKOFF_MOST)
            try:
                return await self._spawn(program), pause
            except OSError as error:
                why = f"could not be started ({error})"

    async def _ended(self, process: Process) -> int:
        ended = asyncio.ensure_future(process.ended())
        while not (await asyncio.wait({ended}, timeout=_LOG_CHECK))[0]:
            self._keep_small(process.program.name)
        return ended.result()

    def _keep_small(self, name: str) -> None:
        try:
            keep_small(self.log_of(name))
        except OSError as error:
            self._tell(f"the log of {name} could not be shortened: {error}")


async def all_or_none(*steps: Coroutine[None, None, None]) -> None:
    """Side by side; the first failure ends the others and is raised once they have ended."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
