"""The private stack as people run it: a supervisor in a process of its own, with real servers."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from minio import Minio

from cli.local.credentials import keep_credentials
from cli.local.errors import StackError
from cli.local.folder import alone_in
from cli.local.ports import HOST, accepts_connections
from tests.processes import descendants, eventually, is_gone, listening_addresses

_SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from cli.local.folder import alone_in
from cli.local.program import Program
from cli.local.running import run
from cli.local.stack import Applications, Stack

folder = Path(sys.argv[1])
sleeper = Program("sleeper", ("sleep", "600"))
with alone_in(folder):
    stack = Stack.in_folder(folder, 1)
    stack.prepare()
    applications = Applications(Program("migrate", ("true",)), (sleeper,))
    asyncio.run(run(stack, applications, print, lambda: (folder / "ready").touch()))
"""


class RunningStack:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        (self.folder / "ready").unlink(missing_ok=True)
        self.supervisor = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, str(self.folder)])
        eventually(lambda: (self.folder / "ready").exists() or self.supervisor.poll() is not None, within=60)
        assert self.supervisor.poll() is None

    def stop(self) -> int:
        self.supervisor.terminate()
        return self.supervisor.wait(40)

    @property
    def stack_file(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return content

    def pid(self, name: str) -> int:
        return int(self.stack_file["pids"][name])

    def rabbit(self, method: str, path: str, **body: object) -> httpx.Response:
        secrets = keep_credentials(self.folder / "secrets.json")
        url = f"{self.stack_file['urls']['rabbitmq']}api{path}"
        auth = (secrets.broker_user, secrets.broker_password)
        return httpx.request(method, url, auth=auth, json=body or None).raise_for_status()

    def rabbit_answers(self) -> bool:
        try:
            self.rabbit("GET", "/whoami")
        except httpx.HTTPError:
            return False
        return accepts_connections(self.stack_file["ports"]["amqp"])

    def store(self) -> Minio:
        secrets = keep_credentials(self.folder / "secrets.json")
        host = f"{HOST}:{self.stack_file['ports']['store']}"
        keys = (secrets.store_access_key, secrets.store_secret_key)
        return Minio(host, *keys, secure=False, region="us-east-1")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    running = RunningStack(tmp_path_factory.mktemp("a stack"))
    yield running
    running.stop()


@pytest.fixture
def other_stack(tmp_path: Path) -> Iterator[RunningStack]:
    running = RunningStack(tmp_path)
    yield running
    running.supervisor.kill()
    running.supervisor.wait()


def test_listens_on_loopback_only(stack: RunningStack) -> None:
    addresses = listening_addresses(descendants(stack.supervisor.pid))

    assert len(addresses) >= len(stack.stack_file["ports"]) - 1
    assert set(addresses) <= {"127.0.0.1", "::1"}


def test_keeps_its_secrets_to_its_owner(stack: RunningStack) -> None:
    for name in ("secrets.json", "stack.json", "rabbitmq/rabbitmq.conf"):
        assert (stack.folder / name).stat().st_mode & 0o077 == 0, name


def test_refuses_a_second_one_in_the_same_folder(stack: RunningStack) -> None:
    with pytest.raises(StackError, match=rf"in use .*pid {stack.supervisor.pid}"), alone_in(stack.folder):
        pass


@pytest.mark.parametrize("name", ["epmd", "rabbitmq", "store", "sleeper"])
def test_starts_again_what_was_killed(stack: RunningStack, name: str) -> None:
    killed = stack.pid(name)

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: stack.pid(name) != killed)
    eventually(lambda: stack.rabbit_answers() and accepts_connections(stack.stack_file["ports"]["store"]))


def test_what_the_store_was_writing_when_it_was_killed_does_not_stay_on_the_disk(stack: RunningStack) -> None:
    half, killed = stack.folder / "store" / ".rclone_temp_1_video", stack.pid("store")
    half.touch()

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: stack.pid("store") != killed)
    assert not half.exists()


def test_runs_beside_another_and_leaves_nothing_behind_when_killed(
    stack: RunningStack, other_stack: RunningStack
) -> None:
    processes = descendants(other_stack.supervisor.pid)
    assert {other_stack.pid(name) for name in ("epmd", "rabbitmq", "store", "sleeper")} <= processes

    other_stack.supervisor.kill()
    other_stack.supervisor.wait()

    eventually(lambda: all(is_gone(pid) for pid in processes), within=5)
    assert stack.rabbit_answers()


def test_stops_on_sigterm_and_goes_on_where_it_was(other_stack: RunningStack) -> None:
    ports = other_stack.stack_file["ports"]
    other_stack.rabbit("PUT", "/queues/%2F/kept", durable=True, arguments={"x-queue-type": "quorum"})
    other_stack.store().make_bucket("kept")
    other_stack.store().put_object("kept", "folder/object", io.BytesIO(b"bytes"), 5)
    processes = descendants(other_stack.supervisor.pid)

    assert other_stack.stop() == 0

    assert all(is_gone(pid) for pid in processes)
    other_stack.start()
    assert other_stack.stack_file["ports"] == ports
    assert other_stack.rabbit("GET", "/queues/%2F/kept").json()["type"] == "quorum"
    assert other_stack.store().get_object("kept", "folder/object").data == b"bytes"
