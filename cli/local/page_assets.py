"""The page's JavaScript, from npm, by the lock file: nothing is loaded from elsewhere in the browser."""

import fcntl
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from cli.local.errors import StackError


def install_page_assets(root: Path, tell: Callable[[str], None]) -> None:
    with (root / "package-lock.json").open("rb") as packages:
        digest = hashlib.sha256(packages.read()).hexdigest()
        if _installed(root) == digest:
            return
        # One at a time: npm empties the folder first, under the hands of another one that fills it.
        fcntl.flock(packages, fcntl.LOCK_EX)
        if _installed(root) != digest:
            tell("installing the page's JavaScript")
            _install(root)
            _stamp(root).write_text(digest)


def _installed(root: Path) -> str:
    try:
        return _stamp(root).read_text()
    except FileNotFoundError:
        return ""


def _stamp(root: Path) -> Path:
    return root / "node_modules" / ".installed-lock"


def _install(root: Path) -> None:
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        raise StackError(f"npm ci failed in {root}:\n{done.stderr[-1500:]}")
