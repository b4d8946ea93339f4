"""Folders for files under work: one for each attempt, gone with it; what a killed worker left is cleared.

A folder is locked while it is used. The kernel drops the lock with its process, also across containers that
share a volume, where process ids say nothing.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "reelmill-"


@contextmanager
def attempt_folder(root: str | None, stage: str) -> Iterator[Path]:
    """Empty, below `root` or the system's temporary folder."""
    folder, lock = _locked_folder(root, stage)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_leftovers(root: str | None, stage: str) -> int:
    """Removes the folders that nobody uses any more; returns how many there were."""
    folders = Path(root or tempfile.gettempdir()).glob(f"{_PREFIX}{stage}-*")
    return sum([_removed(folder) for folder in folders])


def _locked_folder(root: str | None, stage: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{stage}-", dir=root))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)  # another worker that starts took it for a leftover before it was locked


def _removed(folder: Path) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # gone meanwhile, or not ours
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
