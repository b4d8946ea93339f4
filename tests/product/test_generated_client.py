"""A client that a generator makes of the running API uploads a video, by the program in docs/api.md."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.local.stack import ROOT
from tests.installation import Installation
from tests.product.conftest import KEY


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment of its own: the generator wants an older typer than we do."""
    folder = tmp_path_factory.mktemp("generator")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    lock = ROOT / "requirements-client.lock"
    subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], check=True)
    return python


def _section() -> str:
    return (
        (ROOT / "docs" / "api.md").read_text().partition("## A generated client\n")[2].partition("\n## ")[0]
    )


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _section(), re.DOTALL)
    assert found, language
    return found[1]


@pytest.mark.timeout(400)
def test_a_generated_client_uploads_with_the_key_and_waits_until_the_video_is_ready(
    installation: Installation, generator: Path, clip: Path, tmp_path: Path
) -> None:
    shutil.copy(clip, tmp_path / "clip.mp4")
    environment = {
        **os.environ,
        "PATH": f"{generator.parent}:{os.environ['PATH']}",
        "api": installation.url,
        "key": KEY,
    }
    told = _run(["sh", "-euc", f"exec 2>&1\n{_block('sh')}"], tmp_path, environment)
    assert "will not be generated" not in told, told
    (tmp_path / "program.py").write_text(_block("python"))
    said = _run([str(generator), "program.py"], tmp_path, environment)
    video_id, status = said.split()[-2:]
    assert status == "ready"
    video = installation.video(video_id)
    assert (video["status"], video["title"], video["filename"]) == ("ready", "A clip", "clip.mp4")


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
