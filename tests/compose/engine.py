"""A Docker engine for one check: its own data, socket and settings. Debian's `docker.io`, as root."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY_WITHIN = 60
_STOPS_WITHIN = 60


class Docker:
    """The client, pointed at one engine."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "DOCKER_HOST": f"unix://{folder / 'docker.sock'}",
            "DOCKER_CONFIG": str(folder / "client"),
        }

    def run(self, *arguments: str, fails: bool = False, within: float = 600, **environment: str) -> str:
        """What it wrote. Raises AssertionError with all of it when it ends as it should not."""
        asked = subprocess.run(
            ["docker", *arguments],
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=within,
        )
        assert (asked.returncode != 0) is fails, f"docker {' '.join(arguments)}\n{asked.stdout[-4000:]}"
        return asked.stdout

    def answers(self) -> bool:
        asked = subprocess.run(["docker", "info"], env=self._environment, capture_output=True)
        return asked.returncode == 0

    def has(self, image: str) -> bool:
        return bool(self.run("image", "ls", "--quiet", image).strip())

    def inspect(self, name: str, what: str) -> str:
        return self.run("inspect", "--format", what, name).strip()


@contextmanager
def engine(folder: Path, plugins: Path) -> Iterator[Docker]:
    """Runs until the block ends; images and volumes stay below `folder` for the next time."""
    for needed in ("dockerd", "containerd", "iptables"):
        assert shutil.which(needed), f"{needed} is missing: apt-get install docker.io iptables"
    (folder / "client" / "cli-plugins").mkdir(parents=True, exist_ok=True)
    for plugin in plugins.iterdir():
        link = folder / "client" / "cli-plugins" / plugin.name
        link.unlink(missing_ok=True)
        link.symlink_to(plugin)
    docker = Docker(folder)
    with (folder / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(_command(folder), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(docker, daemon, folder)
        yield docker
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(_STOPS_WITHIN)


def _command(folder: Path) -> list[str]:
    return [
        "dockerd",
        f"--data-root={folder / 'data'}",
        f"--exec-root={folder / 'run'}",
        f"--host=unix://{folder / 'docker.sock'}",
        f"--pidfile={folder / 'docker.pid'}",
        "--storage-driver=overlay2",
        "--log-level=warn",
    ]


def _wait(docker: Docker, daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while not docker.answers():
        said = (folder / "dockerd.log").read_text()[-2000:]
        assert daemon.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.5)
