"""The commands against an installation that is elsewhere and asks for its key, by REELMILL_URL alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cli.local.stack import ROOT
from tests.api_processes import in_bucket, running
from tests.servers import S3Server

KEY = "0123456789abcdef-key"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, s3: S3Server) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("elsewhere")
    with running(folder, in_bucket(s3, s3.new_bucket()) | {"API__KEY": KEY}) as (_, url):
        yield url


@pytest.fixture
def run(url: str, tmp_path: Path) -> Run:
    """A command, in a folder where nothing runs; `key` is what the environment holds."""

    def run(*arguments: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"REELMILL_URL": url, "REELMILL_API__KEY": key, "PYTHONPATH": str(ROOT)}
        asked = [sys.executable, "-P", "-m", "cli", *arguments]
        return subprocess.run(
            asked, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=90
        )

    return run


@pytest.fixture
def video(run: Run, tmp_path: Path) -> str:
    (tmp_path / "a.mp4").write_bytes(os.urandom(100))
    done = run("upload", "a.mp4", "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["id"])


def test_an_upload_arrives_there(url: str, video: str) -> None:
    shown = httpx.get(f"{url}/v1/videos/{video}").json()
    assert (shown["status"], shown["size"]) == ("processing", 100)


def test_a_status_is_asked_there(run: Run, video: str, url: str) -> None:
    shown = run("status", video)
    assert shown.returncode == 0, shown.stderr
    assert "processing" in shown.stdout
    assert url in shown.stdout


def test_dead_letters_are_listed_replayed_and_dropped_there(run: Run) -> None:
    assert run("dead", "list").stdout == "There are no dead letters.\n"
    for action, done in (("replay", "replayed"), ("drop", "dropped")):
        assert run("dead", action, "--all", "--dry-run").stdout == f"0 dead letters would be {done}.\n"


def test_what_is_verified_is_looked_up_there(run: Run, video: str) -> None:
    shown = run("verify", video)
    assert shown.returncode == 1
    assert "not_playable" in shown.stderr


def test_the_doctor_looks_there(run: Run) -> None:
    shown = run("doctor")
    assert shown.returncode == 1
    for told in ("RabbitMQ", "The store does what we ask", "ffmpeg", "GiB are free", "No relay has run"):
        assert told in shown.stdout
    assert KEY not in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    "command", [("upload", "a.mp4"), ("status", "no-such-video"), ("dead", "list"), ("doctor",)]
)
def test_without_the_key_each_says_what_is_missing(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"video")
    shown = run(*command, key="")
    assert shown.returncode == 1
    if command[0] != "status":  # which needs none: who knows a video's id may see it
        assert "key" in shown.stdout + shown.stderr
