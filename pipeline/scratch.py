"""Folders for files under work: one for each attempt, gone with it; what a killed worker left is cleared."""

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"reelmill-[a-z_-]+-(?P<pid>\d+)-\w+")


def attempt_folder(root: str | None, stage: str) -> "tempfile.TemporaryDirectory[str]":
    """Below `root`, or the system's temporary folder; its name tells the process that uses it."""
    return tempfile.TemporaryDirectory(prefix=f"reelmill-{stage}-{os.getpid()}-", dir=root)


def clear_leftovers(root: str | None) -> int:
    """Removes the folders of processes that are dead; returns how many there were."""
    orphans = [folder for folder in Path(root or tempfile.gettempdir()).iterdir() if _is_orphan(folder)]
    for folder in orphans:
        shutil.rmtree(folder, ignore_errors=True)
    return len(orphans)


def _is_orphan(folder: Path) -> bool:
    named = _NAME.fullmatch(folder.name)
    return named is not None and not Path(f"/proc/{named['pid']}").exists()
