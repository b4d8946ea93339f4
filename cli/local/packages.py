"""Installs by apt what the stack or the tests need and the machine has not, and says so."""

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.local.errors import StackError
from cli.local.rabbitmq import server_script

_INSTALLER = Path(__file__).with_name("install_packages.sh")
HOST = Path("/")


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
    Package("openssl", _on_path("openssl")),
    # The Node.js that Playwright brings along is linked against it.
    Package("libatomic1", lambda: any(Path("/usr/lib").glob("*/libatomic.so.1"))),
)


def install_missing(packages: Iterable[Package], tell: Callable[[str], None], root: Path = HOST) -> None:
    """Raises StackError."""
    missing = [package.name for package in packages if not package.is_there()]
    if missing:
        tell(f"installing {', '.join(missing)} (a minute or two)")
        code, said = _run_to_its_end((*_to_become_root(missing), *_installer(root), *missing), tell)
        if code != 0:
            raise StackError(_what_to_do(missing, said))
    elif _was_killed(root):
        _put_back(root, tell)


def _installer(root: Path) -> tuple[str, ...]:
    return ("sh", str(_INSTALLER), str(root))


def _was_killed(root: Path) -> bool:
    """Whether an installation left its policy behind: no service of the host would start any more."""
    policy = root / "usr/sbin/policy-rc.d"
    try:
        return os.path.lexists(f"{policy}.before-reelmill") or b"# reelmill:" in policy.read_bytes()
    except OSError:
        return False


def _put_back(root: Path, tell: Callable[[str], None]) -> None:
    """Where it cannot, it says so and no more: nothing of ours needs it."""
    try:
        code, said = _run_to_its_end((*_to_become_root([]), *_installer(root)), tell)
    except StackError:
        code, said = 1, "you are not root, and there is no sudo"
    if code != 0:
        by_hand = shlex.join(_installer(root))
        tell(f"an installation that was killed keeps services from starting. As root: {by_hand} ({said})")


def _run_to_its_end(command: tuple[str, ...], tell: Callable[[str], None]) -> tuple[int, str]:
    """Ctrl-C ends it, but in its own time: killed, it could not put back what it changed on the host."""
    with tempfile.TemporaryFile() as output, _held_back_interrupts(tell):
        code = subprocess.run(command, check=False, stdout=output, stderr=output).returncode
        output.seek(0)
        return code, output.read().decode(errors="replace")


@contextmanager
def _held_back_interrupts(tell: Callable[[str], None]) -> Iterator[None]:
    """A handler and not SIG_IGN, which the child would inherit, and never end."""
    heard: list[int] = []

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        tell("stopping as soon as apt-get lets go")

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt


def _to_become_root(missing: list[str]) -> tuple[str, ...]:
    if missing and not shutil.which("apt-get"):
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
