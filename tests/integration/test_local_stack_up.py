"""`./reelmill up` itself, with the whole product."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.local.ports import HOST, pick_free
from cli.local.stack import ROOT
from pipeline.settings import Settings
from tests.processes import descendants, eventually, is_gone
from workers.stages import names


class Up:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.said = folder.with_name(f"said-on-{port}")
        command = (sys.executable, "-P", "-m", "cli", "up", "--data", str(folder), "--port", str(port))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                command, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=output, stderr=output
            )

    def wait_until_ready(self) -> "Up":
        eventually(lambda: "Ctrl-C" in self.said.read_text() or self.process.poll() is not None, within=90)
        assert self.process.poll() is None, self.said.read_text()
        return self

    @property
    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.folder / "stack.json").read_text())["pids"]
        return found


@pytest.fixture(scope="module")
def port() -> int:
    return pick_free(["api"])["api"]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Up]:
    running = Up(tmp_path_factory.mktemp("up") / "data", port).wait_until_ready()
    yield running
    running.process.kill()
    running.process.wait()


def test_says_where_everything_is(up: Up, port: int) -> None:
    said = up.said.read_text()

    assert f"http://{HOST}:{port}/docs" in said
    assert json.loads((up.folder / "stack.json").read_text())["urls"]["rabbitmq"] in said
    assert str(up.folder / "logs") in said


def test_runs_the_api_the_relay_and_one_process_per_worker(up: Up, port: int) -> None:
    assert httpx.get(f"http://{HOST}:{port}/readyz").json()["status"] == "ready"
    assert {"api", "relay", *names(Settings())} <= up.pids.keys()
    assert set(up.pids.values()) <= descendants(up.process.pid)


def test_serves_the_page_and_its_scripts_without_other_hosts(up: Up, port: int) -> None:
    for path in ("/", "/docs", "/assets/hls.js/hls.min.js", "/assets/swagger-ui-dist/swagger-ui-bundle.js"):
        assert httpx.get(f"http://{HOST}:{port}{path}").status_code == 200, path


def test_says_what_to_do_when_the_port_is_taken(up: Up, port: int, tmp_path: Path) -> None:
    second = Up(tmp_path / "other", port)

    assert second.process.wait(30) == 1
    assert f"something else listens on {HOST}:{port}" in second.said.read_text()
    assert "--port" in second.said.read_text()


def test_refuses_a_folder_that_is_in_use(up: Up) -> None:
    second = Up(up.folder, pick_free(["api"])["api"])

    assert second.process.wait(30) == 1
    assert "is in use by another ./reelmill up" in second.said.read_text()


def test_stops_everything_on_ctrl_c(up: Up) -> None:
    processes = descendants(up.process.pid)

    up.process.send_signal(signal.SIGINT)

    assert up.process.wait(40) == 0
    assert all(is_gone(pid) for pid in processes)
