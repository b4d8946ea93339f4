"""How every benchmark tells what it found: on which machine, and figures as median and spread, in tables."""

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """The same thing measured several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def over(self, other: "Figures") -> "Figures":
        """Ratios run by run: what both had to suffer at the time falls out."""
        return Figures(tuple(ours / theirs for ours, theirs in zip(self.values, other.values, strict=True)))

    def shown(self, digits: int = 2) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown, with columns wide enough to be read as it is."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    first, *rest = (
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    )
    return "\n".join([first, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])


def machine() -> str:
    """One line: processor, cores this process may use, versions, and how busy it was with other things."""
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, check=True, text=True).stdout
    cores = len(os.sched_getaffinity(0))
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, ffmpeg {said.split()[2]}, load {os.getloadavg()[0]:.1f}"
    )


def rotated(ways: Sequence[str], run: int) -> list[str]:
    """Who goes first changes from run to run: caches and a machine that warms up favour nobody."""
    start = run % len(ways)
    return [*ways[start:], *ways[:start]]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
