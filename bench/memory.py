"""How much memory a process holds, and held at most, as the kernel accounts for it. All in MiB."""

from pathlib import Path


def forget_peak(pid: int) -> None:
    """From now on the peak is that of what follows (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> float:
    return _field(Path(f"/proc/{pid}/status"), "VmHWM")


def resident(pid: int) -> float:
    """What it shares with others is counted in full."""
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Rss")


def proportional(pid: int) -> float:
    """Of what it shares with others its part."""
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def _field(file: Path, name: str) -> float:
    lines = file.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024
