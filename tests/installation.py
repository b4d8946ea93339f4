"""A whole installation, `./reelmill up`, as tests start it, hurt it and ask it."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
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
    "REELMILL_API__UNDO": "PT10S",
    "REELMILL_NOTICE__ALLOW_PRIVATE": "true",
}
"""Short waits; nothing else differs from what a user starts."""


class Installation:
    def __init__(self, folder: Path, settings: Mapping[str, str] = QUICK, *, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or pick_free(["api"])["api"]
        self.url = f"http://{HOST}:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self._log = folder.with_name(f"{folder.name}-on-{self.port}.log")
        self._settings = settings
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> "Installation":
        """Returns when it says that it is ready."""
        self.launch()
        eventually(lambda: "Ctrl-C stops" in self.said or self._has_ended(), within=120)
        assert not self._has_ended(), self.said[-3000:]
        return self

    def launch(self) -> "Installation":
        command = (str(ROOT / "reelmill"), "up", "--data", str(self.folder), "--port", str(self.port))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REELMILL_")}
        with self._log.open("wb") as output:
            self._up = subprocess.Popen(
                command,
                env={**kept, **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self._up is not None
        self._up.send_signal(how)
        return self.ended()

    def ended(self, within: float = 60) -> int:
        assert self._up is not None
        return self._up.wait(within)

    def close(self) -> None:
        self.client.close()
        if self._up is not None and not self._has_ended():
            self.stop()

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)

    @property
    def said(self) -> str:
        """What the command wrote since it was started last."""
        return self._log.read_text()

    @property
    def supervisor(self) -> int:
        assert self._up is not None
        return self._up.pid

    @property
    def pids(self) -> dict[str, int]:
        return {name: int(pid) for name, pid in self.stack["pids"].items()}

    def pid(self, name: str) -> int:
        return self.pids[name]

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

    def settled(self, video_id: str, within: float = 120) -> dict[str, Any]:
        """Ready or failed."""
        eventually(lambda: self.video(video_id)["status"] in {"ready", "failed"}, within)
        return self.video(video_id)

    def queues(self) -> dict[str, dict[str, Any]]:
        """What the management API says of every queue, by name; some seconds late."""
        secrets = json.loads((self.folder / "secrets.json").read_text())
        user, password = secrets["broker_user"], secrets["broker_password"]
        listed = httpx.get(f"{self.stack['urls']['rabbitmq']}api/queues", auth=(user, password), timeout=10)
        return {queue["name"]: queue for queue in listed.raise_for_status().json()}

    @property
    def stack(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return described

    def _has_ended(self) -> bool:
        return self._up is None or self._up.poll() is not None
