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
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{stage}-", dir=root) as name:
        lock = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(lock)


def clear_leftovers(root: str | None, stage: str) -> int:
    """Removes the folders that nobody uses any more; returns how many there were."""
    folders = Path(root or tempfile.gettempdir()).glob(f"{_PREFIX}{stage}-*")
    orphans = [folder for folder in folders if _is_unused(folder)]
    for folder in orphans:
        shutil.rmtree(folder, ignore_errors=True)
    return len(orphans)


def _is_unused(folder: Path) -> bool:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # gone meanwhile, or not ours
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
