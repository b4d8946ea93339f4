"""docker-compose.yml of this tree as a project of its own: started, asked, hurt, and taken down."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from cli.local.ports import HOST, pick_free
from cli.local.stack import ROOT
from tests.compose.engine import Docker
from tests.processes import eventually

_MACHINE = Path(__file__).with_name("machine.yml")
BROKER_USER, PASSWORD = "reelmill", "only-for-trying"


class Project:
    def __init__(self, docker: Docker, *files: str, **more: str) -> None:
        """`more` are variables that these files ask for."""
        self.docker = docker
        ports = pick_free(["api", "broker", "console"])
        self._settings = {
            "API_PORT": str(ports["api"]),
            "RABBITMQ_UI_PORT": str(ports["broker"]),
            "MINIO_CONSOLE_PORT": str(ports["console"]),
            "PUBLIC_URL": f"http://{HOST}:{ports['api']}",
            "NOFILE": str(min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])),
            **more,
        }
        self._files = [word for file in (*files, str(_MACHINE)) for word in ("--file", file)]
        self.http = httpx.Client(base_url=self._settings["PUBLIC_URL"], timeout=60, trust_env=False)
        broker = f"http://{HOST}:{ports['broker']}/api"
        self.broker = httpx.Client(base_url=broker, auth=(BROKER_USER, PASSWORD), timeout=30, trust_env=False)

    def compose(self, *arguments: str, fails: bool = False, within: float = 900, **environment: str) -> str:
        whole = self._settings | environment
        where = ("--project-directory", str(ROOT), *self._files)
        return self.docker.run("compose", *where, *arguments, fails=fails, within=within, **whole)

    def inside(self, service: str, *command: str, fails: bool = False) -> str:
        return self.compose("exec", "--no-TTY", service, *command, fails=fails)

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--all", "--quiet", service).split()

    def state(self, container: str) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.docker.inspect(container, "{{json .State}}"))
        return state

    def restarts(self, container: str) -> int:
        return int(self.docker.inspect(container, "{{.RestartCount}}"))

    def health(self, container: str) -> str:
        return str(self.state(container).get("Health", {}).get("Status", "none"))

    def process(self, container: str, named: str) -> int:
        """The number on this machine of the process whose command holds `named`."""
        rows = self.docker.run("top", container, "-eo", "pid,args").splitlines()[1:]
        return next(int(row.split()[0]) for row in rows if named in row and "docker-init" not in row)

    def kill(self, container: str, named: str = "python", how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.process(container, named), how)

    def logs(self, *services: str) -> list[str]:
        said = self.compose("logs", "--no-log-prefix", "--no-color", *services)
        return said.replace("\x1b[2K", "").splitlines()  # it clears lines, terminal or not

    def upload(self, clip: Path, **fields: str) -> str:
        asked = {"filename": clip.name, **fields}
        answer = self.http.post("/v1/videos", params=asked, content=clip.read_bytes())
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def video(self, video: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v1/videos/{video}").raise_for_status().json()
        return found

    def ready(self, video: str, within: float = 600) -> dict[str, Any]:
        """Once every step of it is over."""
        eventually(lambda: self._is_over(video), within)
        found = self.video(video)
        assert found["status"] == "ready", found
        return found

    def command(self, *arguments: str) -> str:
        """What `./reelmill` on this machine says to it. Raises AssertionError with it when it fails."""
        asked = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            env=os.environ | {"REELMILL_URL": self._settings["PUBLIC_URL"]},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert asked.returncode == 0, f"{arguments}: {asked.stdout[-2000:]}{asked.stderr[-2000:]}"
        return asked.stdout

    def timed(self, *arguments: str, within: float = 1800) -> float:
        started = time.monotonic()
        self.compose(*arguments, within=within)
        return time.monotonic() - started

    def close(self) -> None:
        self.http.close()
        self.broker.close()

    def _is_over(self, video: str) -> bool:
        found = self.video(video)
        waits = [step for step in found["steps"] if step["state"] not in {"done", "failed", "cancelled"}]
        return found["status"] == "failed" or (found["status"] == "ready" and not waits)
