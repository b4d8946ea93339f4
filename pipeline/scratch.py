"""Folders for files under work: one for each attempt, gone with it; what a killed worker left is cleared.

A folder is locked while it is used. The kernel drops the lock with its process, also across containers that
share a volume, where process ids say nothing.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import Cancelled, FenceLost, Outage, ScratchFull, ScratchTooSmall

_PREFIX = "reelmill-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_HARDLY_ANY = 1024**2
"""Bytes. Who writes a segment or a picture has buffers of some hundred thousand: with less room than this the
last write may have been lost, and nobody was told."""
_MOST = 0.5
"""Of the disk; with what a second job leaves there, one that takes more may never fit."""


@contextmanager
def attempt_folder(root: str | None, stage: str) -> Iterator[Path]:
    """Empty, below `root` or the system's temporary folder. Whatever fails inside while the disk is full
    comes out as ScratchFull, or as ScratchTooSmall where nobody else is to blame for it."""
    folder, lock = _locked_folder(root, stage)
    try:
        yield folder
    except ScratchFull as error:
        raise _shortage(folder) from error
    except (Cancelled, FenceLost, Outage):
        raise
    except Exception as error:
        if _is_for_lack_of_room(error) or has_no_room(folder):
            raise _shortage(folder) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_leftovers(root: str | None, stage: str) -> int:
    """Removes the folders that nobody uses any more; returns how many there were."""
    folders = Path(root or tempfile.gettempdir()).glob(f"{_PREFIX}{stage}-*")
    return sum([_removed(folder) for folder in folders])


def has_no_room(folder: Path) -> bool:
    """Whether the disk is as good as full now."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < _HARDLY_ANY or (disk.f_files > 0 and disk.f_favail == 0)


def _is_for_lack_of_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _shortage(folder: Path) -> ScratchFull | ScratchTooSmall:
    disk = os.statvfs(folder)
    taken = sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
    return ScratchTooSmall() if taken > disk.f_blocks * disk.f_frsize * _MOST else ScratchFull()


def _locked_folder(root: str | None, stage: str) -> tuple[Path, int]:
    """Raises ScratchFull."""
    while True:
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{stage}-", dir=root))
        except OSError as error:
            raise ScratchFull if _is_for_lack_of_room(error) else error from error
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
