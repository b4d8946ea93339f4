"""The data folder of a stack: who uses it now, and where its parts are."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.local.credentials import write_private
from cli.local.errors import StackError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"{folder} is in use by another ./reelmill up{_its_pid(folder)}.\n"
                "Stop that one, or give this one a folder of its own: --data DIR --port N"
            ) from None
        yield


def write_stack_file(
    folder: Path, urls: Mapping[str, str], ports: Mapping[str, int], pids: Mapping[str, int]
) -> None:
    """Tells `./reelmill upload` and the tests where the running stack is."""
    content = {"pid": os.getpid(), "urls": dict(urls), "ports": dict(ports), "pids": dict(pids)}
    write_private(folder / "stack.json", json.dumps(content, indent=2))


def remove_stack_file(folder: Path) -> None:
    (folder / "stack.json").unlink(missing_ok=True)


def _its_pid(folder: Path) -> str:
    try:
        return f" (pid {json.loads((folder / 'stack.json').read_text())['pid']})"
    except (OSError, ValueError, KeyError):
        return ""
