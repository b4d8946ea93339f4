"""Installs by apt what the stack or the tests need and the machine has not, and says so."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.local.errors import StackError
from cli.local.rabbitmq import server_script

_INSTALLER = Path(__file__).with_name("install_packages.sh")


@dataclass(frozen=True)
class Package:
    name: str
    is_there: Callable[[], bool]


def _on_path(*commands: str) -> Callable[[], bool]:
    return lambda: all(shutil.which(command) for command in commands)


def _postgres_is_there() -> bool:
    return bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))) or bool(shutil.which("initdb"))


TO_RUN = (
    Package("rabbitmq-server", lambda: server_script() is not None),
    Package("ffmpeg", _on_path("ffmpeg", "ffprobe")),
    Package("nodejs", _on_path("node")),
    Package("npm", _on_path("npm")),
)
TO_TEST = (
    *TO_RUN,
    Package("chromium", _on_path("chromium")),
    Package("postgresql", _postgres_is_there),
)


def install_missing(packages: Iterable[Package], tell: Callable[[str], None]) -> None:
    missing = [package.name for package in packages if not package.is_there()]
    if not missing:
        return
    command = (*_to_become_root(missing), "sh", str(_INSTALLER), *missing)
    tell(f"installing {', '.join(missing)} (a minute or two)")
    with tempfile.TemporaryFile() as output:
        code = subprocess.run(command, check=False, stdout=output, stderr=output).returncode
        if code != 0:
            output.seek(0)
            raise StackError(_what_to_do(missing, output.read().decode(errors="replace")))


def _to_become_root(missing: list[str]) -> tuple[str, ...]:
    if not shutil.which("apt-get"):
        raise StackError(
            f"missing here: {', '.join(missing)}. Without apt-get, install them your system's way."
        )
    if os.geteuid() == 0:
        return ()
    if shutil.which("sudo"):
        return ("sudo", "--")
    raise StackError(_what_to_do(missing, "You are not root, and there is no sudo."))


def _what_to_do(missing: list[str], said: str) -> str:
    tail = "\n".join(said.splitlines()[-12:])
    return (
        f"{', '.join(missing)} could not be installed:\n{tail}\n"
        f"As root: apt-get install --no-install-recommends {' '.join(missing)}"
    )
