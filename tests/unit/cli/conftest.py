"""A scripted API for the command line, and the commands put together as they are in `./reelmill`."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from cli import dead, doctor, restart, status, upload
from cli.client import Client

UPLOADED = {"type": "video.uploaded", "time": "2026-01-01T12:00:00Z"}
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Commands:
    """Runs commands against the answers given, in order; the last one is given again and again."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    url: str = "http://reelmill"

    def run(self, *arguments: str) -> Result:
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(upload.upload)
        app.command()(status.status)
        app.command()(restart.restart)
        app.command()(doctor.doctor)
        app.add_typer(dead.app, name="dead")
        return CliRunner().invoke(app, arguments)

    def client(self, _: object = None) -> Client:
        http = httpx.Client(base_url=self.url, transport=httpx.MockTransport(self._answer))
        return Client(http, self.pauses.append)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands()
    for module in (upload, status, restart, dead, doctor):
        monkeypatch.setattr(module, "connect", commands.client)
    monkeypatch.setenv("COLUMNS", "200")
    return commands


@pytest.fixture
def local(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands for this machine, where nothing listens."""
    monkeypatch.delenv("REELMILL_URL", raising=False)
    commands.url, commands.answers = "http://127.0.0.1:8000", [refused]
    return commands


def says(status: int, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, json=body, headers=named)


def problem(status: int, code: str, **headers: str) -> Answer:
    return says(status, {"code": code, "detail": f"It is {code}.", "hint": "Do this."}, **headers)


def refused(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Connection refused", request=request)


def broken_off(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("Connection reset by peer", request=request)


def video(status: str = "ready", **changes: object) -> dict[str, object]:
    step = {"name": "transcode", "state": "done", "progress": 1.0, "attempts": 1, "error": None}
    return {
        "id": "v1",
        "status": status,
        "progress": 0.5,
        "playable": status == "ready",
        "playable_at": None,
        "ready_at": None,
        "title": None,
        "filename": "a.mp4",
        "steps": [step],
        "error": None,
        "links": {"page": "/videos/v1"},
    } | changes
