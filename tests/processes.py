"""What the kernel says about processes: their children, their end, where they listen."""

import ipaddress
import time
from collections.abc import Callable
from pathlib import Path

_LISTEN = "0A"


def eventually(condition: Callable[[], object], within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {within} s"
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    children = _children()
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = children.get(waiting.pop(), set())
        found |= new
        waiting += new
    return found


def is_gone(pid: int) -> bool:
    """Gone, or dead and waiting for an init that takes its time."""
    status = _status(Path(f"/proc/{pid}/stat"))
    return not status or status[0] in {"Z", "X"}


def listening_addresses(pids: set[int]) -> list[str]:
    sockets = {socket for pid in pids for socket in _sockets(pid)}
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return [_address(row[1]) for row in rows if row[3] == _LISTEN and f"socket:[{row[9]}]" in sockets]


def _children() -> dict[int, set[int]]:
    children: dict[int, set[int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        if status := _status(file):
            children.setdefault(int(status[1]), set()).add(int(file.parent.name))
    return children


def _status(file: Path) -> list[str]:
    """State, parent and so on: the fields behind the name, which may hold spaces and brackets."""
    try:
        return file.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _sockets(pid: int) -> list[str]:
    try:
        return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


def _address(field: str) -> str:
    """`0100007F:1F90`: words of four bytes, each in the machine's order."""
    raw = bytes.fromhex(field.partition(":")[0])
    words = (raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    return str(ipaddress.ip_address(b"".join(words)))
