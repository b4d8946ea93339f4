"""What commands cost: processor seconds from the kernel's own accounts, and seconds on the clock."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    cpu: float
    """User and system seconds of the processes and of the children that they waited for."""
    wall: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


class CommandFailed(Exception):
    """With the end of what the command wrote to stderr."""


def in_turn(commands: Sequence[Sequence[str]], folder: Path) -> Cost:
    """One after another, as somebody who runs a process for each rendition does it."""
    return sum((cost_of(command, folder) for command in commands), Cost(0, 0))


def cost_of(command: Sequence[str], folder: Path) -> Cost:
    said = folder / "stderr.txt"
    started = time.monotonic()
    with said.open("wb") as stderr:
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
        )
        _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)  # told, because wait4 took it from under Popen
    if child.returncode:
        raise CommandFailed(said.read_text(errors="replace")[-2000:])
    return Cost(used.ru_utime + used.ru_stime, wall)


def cpu_of(pid: int) -> float:
    """User and system seconds of a process that goes on, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
