"""The page's JavaScript, from npm, by the lock file: nothing is loaded from elsewhere in the browser."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from cli.local.errors import StackError


def install_page_assets(root: Path, tell: Callable[[str], None]) -> None:
    digest = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    stamp = root / "node_modules" / ".installed-lock"
    if stamp.exists() and stamp.read_text() == digest:
        return
    tell("installing the page's JavaScript")
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        raise StackError(f"npm ci failed in {root}:\n{done.stderr[-1500:]}")
    stamp.write_text(digest)
