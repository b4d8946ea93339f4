"""A whole installation, `./reelmill up`, as tests start it, hurt it and ask it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from cli.local.ports import HOST, pick_free
from cli.local.stack import ROOT
from tests.processes import eventually

QUICK = {
    "REELMILL_WORK__RUNGS": '["PT1S", "PT2S"]',
    "REELMILL_WORK__LEASE": "PT5S",
    "REELMILL_UPLOAD__ABANDONED_AFTER": "PT3S",
    "REELMILL_RELAY__SWEEP": "PT2S",
    "REELMILL_NOTICE__ALLOW_PRIVATE": "true",
}
"""Short waits; nothing else differs from what a user starts."""


class Installation:
    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = pick_free(["api"])["api"]
        self.url = f"http://{HOST}:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30)
        self._said = folder.with_name(f"{folder.name}.log")
        self._settings = QUICK | settings
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> "Installation":
        command = (
            sys.executable,
            "-P",
            "-m",
            "cli",
            "up",
            "--data",
            str(self.folder),
            "--port",
            str(self.port),
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
        with self._said.open("ab") as output:
            self._up = subprocess.Popen(
                command, env=kept | {"PYTHONPATH": str(ROOT)} | self._settings, stdout=output, stderr=output
            )
        eventually(lambda: self.is_ready() or self._has_ended(), within=120)
        assert not self._has_ended(), self._said.read_text()[-3000:]
        return self

    def stop(self) -> int:
        assert self._up is not None
        self._up.send_signal(signal.SIGTERM)
        return self._up.wait(60)

    def close(self) -> None:
        self.client.close()
        if self._up is not None and not self._has_ended():
            self.stop()

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        return int(self._stack["pids"][name])

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text()

    def is_ready(self) -> bool:
        try:
            return bool(self.client.get("/readyz").json()["status"] == "ready")
        except (httpx.HTTPError, ValueError):
            return False

    def upload(self, path: Path, **fields: str) -> str:
        answer = self.client.post(
            "/v1/videos", params={"filename": path.name, **fields}, content=path.read_bytes()
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def video(self, video_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get(f"/v1/videos/{video_id}").raise_for_status().json()
        return answer

    def step(self, video_id: str, name: str) -> dict[str, Any]:
        return next(step for step in self.video(video_id)["steps"] if step["name"] == name)

    def wait_until(self, video_id: str, status: str, within: float = 120) -> dict[str, Any]:
        eventually(lambda: self.video(video_id)["status"] in {status, "failed"}, within)
        video = self.video(video_id)
        assert video["status"] == status, video
        return video

    def queues(self) -> dict[str, dict[str, Any]]:
        """What the management API says of every queue, by name; some seconds late."""
        secrets = json.loads((self.folder / "secrets.json").read_text())
        user, password = secrets["broker_user"], secrets["broker_password"]
        listed = httpx.get(f"{self._stack['urls']['rabbitmq']}api/queues", auth=(user, password), timeout=10)
        return {queue["name"]: queue for queue in listed.raise_for_status().json()}

    @property
    def _stack(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return described

    def _has_ended(self) -> bool:
        return self._up is None or self._up.poll() is not None
