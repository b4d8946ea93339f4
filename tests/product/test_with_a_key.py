"""An installation with a key as its owner uses it, on the command line."""

import json
import os
import subprocess
from pathlib import Path

from cli.local.stack import ROOT
from tests.installation import Installation
from tests.product.conftest import KEY


def test_the_command_line_sends_the_key_of_its_environment(installation: Installation, clip: Path) -> None:
    environment = {**os.environ, "REELMILL_URL": installation.url, "REELMILL_API__KEY": KEY}
    command = [str(ROOT / "reelmill"), "upload", str(clip), "--wait", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "ready"


def test_the_command_line_says_plainly_that_the_key_is_missing(installation: Installation) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
    environment["REELMILL_URL"] = installation.url
    done = subprocess.run(
        [ROOT / "reelmill", "dead", "list"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "key_required" in done.stderr
