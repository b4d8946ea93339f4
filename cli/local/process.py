"""One run of a program: its process group, its log file, its end."""

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

from cli.local.program import Program

_LOG_LIMIT = 20 * 1024**2


class Process:
    def __init__(self, program: Program, child: asyncio.subprocess.Process) -> None:
        self.program = program
        self.pid = child.pid
        self._child = child

    @classmethod
    async def start(cls, program: Program, log: Path) -> "Process":
        """Raises OSError, when the disk is full for instance."""
        await asyncio.to_thread(program.prepare)
        with log.open("ab") as output:
            child = await asyncio.create_subprocess_exec(
                *program.argv,
                env=dict(program.environment),
                cwd=program.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A group of its own: Ctrl-C in the terminal reaches the supervisor alone.
                start_new_session=True,
            )
        return cls(program, child)

    @property
    def exit_code(self) -> int | None:
        return self._child.returncode

    async def ended(self) -> int:
        code = await self._child.wait()
        kill_group(self.pid)
        return code

    async def stop(self) -> None:
        if self.exit_code is None:
            self._child.terminate()
        try:
            async with asyncio.timeout(self.program.stop_within):
                await self.ended()
        except TimeoutError:
            kill_group(self.pid)
            await self.ended()


def kill_group(leader: int) -> None:
    """What a process leaves behind, such as a worker its ffmpeg."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def last_lines(log: Path, count: int = 12) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])


def keep_small(log: Path) -> None:
    """The writer has the file open to append, so that it goes on at the start of the emptied one."""
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.with_suffix(".log.old").write_bytes(log.read_bytes())
        os.truncate(log, 0)
