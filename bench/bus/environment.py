"""The Python environment that the peers run in, made for one run: none of them is a part of Reelmill."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOCK = ROOT / "requirements-bench.lock"


def made(folder: Path) -> Path:
    """Its Python; kept where `folder` holds one already."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = ("-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(_LOCK))
        subprocess.run([str(python), *install], check=True)
    return python


def variables() -> dict[str, str]:
    """Ours, without what would set up the program under test behind our back."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("REELMILL_", "CELERY_"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
