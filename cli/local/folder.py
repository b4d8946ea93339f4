"""The data folder of a stack: who uses it now, and where its parts are."""

import errno
import fcntl
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.local.credentials import write_private
from cli.local.errors import StackError

_NEXT_STEPS = {
    errno.EACCES: "Root's since a `sudo ./reelmill up`? Give it back: sudo chown -R $USER {folder}\n"
    "Or choose another folder: --data DIR",
    errno.EEXIST: "It is a file. Choose a folder: --data DIR",
    errno.ENOSPC: "The disk is full. Make room on it, or choose a folder on another one: --data DIR",
}
_NEXT_STEPS |= {errno.EPERM: _NEXT_STEPS[errno.EACCES], errno.EDQUOT: _NEXT_STEPS[errno.ENOSPC]}


def cannot_go_on(folder: Path, error: OSError) -> StackError:
    """What the system refused, in words for the person at the terminal."""
    what, reason = error.filename or folder, error.strerror or str(error)
    step = _NEXT_STEPS.get(error.errno or 0, "Mend that, or choose another folder: --data DIR")
    return StackError(f"{what} cannot be used: {reason}.\n{step.format(folder=shlex.quote(str(folder)))}")


def require_name_for_all(folder: Path) -> None:
    """RabbitMQ asks a shell how full the disk is, with the folder's name in quotes. Raises StackError."""
    name = str(folder)
    if "'" in name or '"' in name or not name.isprintable():
        raise StackError(
            f"RabbitMQ cannot work in {name!r}: its name holds a quote or what cannot be printed.\n"
            "Choose another folder: --data DIR"
        )


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Raises StackError; OSError where the folder cannot be made or written."""
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
