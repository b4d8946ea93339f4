"""`./reelmill check`: format, lint, strict types and the directions of imports."""

import subprocess
import sys
import time
from pathlib import Path

import typer

from cli.local.stack import ROOT

_CHECKS = {
    "format": ("ruff", "format", "--check"),
    "lint": ("ruff", "check"),
    "types": ("mypy",),
    "imports": ("lint-imports",),
}


def check() -> None:
    """Check format, lint, types and import directions."""
    failed = [name for name, command in _CHECKS.items() if not _passes(name, command)]
    if failed:
        typer.echo(f"failed: {', '.join(failed)}", err=True)
        raise typer.Exit(1)


def _passes(name: str, command: tuple[str, ...]) -> bool:
    tool = Path(sys.executable).with_name(command[0])
    started = time.monotonic()
    done = subprocess.run([tool, *command[1:]], check=False, cwd=ROOT)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    typer.echo(f"{name}: {verdict} ({time.monotonic() - started:.1f} s)")
    return done.returncode == 0
