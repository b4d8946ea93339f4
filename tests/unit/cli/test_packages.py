"""Installing what is missing, on a host made of a folder, with an apt-get that only says what it saw."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.local import packages
from cli.local.errors import StackError
from cli.local.packages import Package, install_missing
from cli.local.stack import ROOT
from tests.processes import eventually

MISSING = Package("rabbitmq-server", lambda: False)
_INTERRUPTED = """
import signal, sys
from pathlib import Path
from cli.local import packages
from cli.local.packages import Package, install_missing

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what it puts aside deaf to Ctrl-C
packages._to_become_root = lambda _missing: ()
install_missing([Package("rabbitmq-server", lambda: False)], print, Path(sys.argv[1]))
"""


class Host:
    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in (
            "bin",
            "usr/sbin",
            "run/lock",
            "etc/init.d",
            "etc/systemd/system/sockets.target.wants",
        ):
            (root / folder).mkdir(parents=True)
        self.policy = root / "usr/sbin/policy-rc.d"
        self.wants = root / "etc/systemd/system/sockets.target.wants"
        for name in ("systemctl", "update-rc.d"):
            self.command(name, "exit 0")

    def command(self, name: str, line: str) -> None:
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def enable(self, unit: str) -> None:
        (self.wants / unit).symlink_to(f"/lib/systemd/system/{unit}")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr(packages, "_to_become_root", lambda _missing: ())
    return host


def nobody(_line: str) -> None:
    return None


def test_services_are_kept_from_starting_only_while_packages_are_installed(host: Host) -> None:
    host.command("apt-get", f"{host.policy} && exit 1; echo denied >>{host.root}/seen")
    install_missing([MISSING], nobody, host.root)
    assert (host.root / "seen").read_text() == "denied\n" * 2
    assert not host.policy.exists()


def test_what_is_there_is_not_installed(host: Host) -> None:
    host.command("apt-get", f"touch {host.root}/asked")
    install_missing([Package("ffmpeg", lambda: True)], nobody, host.root)
    assert not (host.root / "asked").exists()


def test_a_failure_says_what_apt_get_said_and_leaves_no_policy(host: Host) -> None:
    host.command("apt-get", 'echo "E: no such package"; [ "$1" = update ]')
    with pytest.raises(StackError, match=r"(?s)rabbitmq-server could not.*E: no such package.*As root"):
        install_missing([MISSING], nobody, host.root)
    assert not host.policy.exists()


def test_a_policy_of_the_host_that_permits_is_put_aside_and_put_back(host: Host) -> None:
    host.policy.write_text("#!/bin/sh\nexit 0\n")
    host.policy.chmod(0o755)
    host.command("apt-get", f"! {host.policy}")
    install_missing([MISSING], nobody, host.root)
    assert host.policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert [path.name for path in host.policy.parent.iterdir()] == ["policy-rc.d"]


@pytest.mark.parametrize("before", ["", "#!/bin/sh\nexit 0\n"])
def test_ctrl_c_waits_for_apt_get_and_puts_the_policy_back(host: Host, before: str) -> None:
    if before:
        host.policy.write_text(before)
    # Longer than the quarter of a second that Python gives a child after Ctrl-C.
    host.command("apt-get", f"trap '' INT; touch {host.root}/started; sleep 1")
    command = (sys.executable, "-c", _INTERRUPTED, str(host.root))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
    eventually((host.root / "started").exists)

    os.killpg(running.pid, signal.SIGINT)

    assert running.wait(20) == -signal.SIGINT
    assert (host.policy.read_text() if host.policy.exists() else "") == before


@pytest.mark.parametrize("before", ["", "#!/bin/sh\nexit 0\n"])
@pytest.mark.parametrize("missing", [True, False])
def test_what_a_killed_run_left_is_put_back_by_the_next_one(host: Host, before: str, missing: bool) -> None:
    if before:
        host.policy.write_text(before)
    host.command("apt-get", f"kill -9 $PPID; touch {host.root}/killed")
    with pytest.raises(StackError):
        install_missing([MISSING], nobody, host.root)
    # It still holds the lock, and is waited for.
    eventually((host.root / "killed").exists)
    assert "reelmill" in host.policy.read_text()

    host.command("apt-get", "exit 0")
    eventually(lambda: _is_unlocked(host))
    install_missing([Package("rabbitmq-server", lambda: not missing)], nobody, host.root)
    assert (host.policy.read_text() if host.policy.exists() else "") == before


def test_a_policy_that_somebody_wrote_after_a_killed_run_stays(host: Host) -> None:
    host.policy.write_text("#!/bin/sh\nexit 0\n")
    aside = host.policy.with_name("policy-rc.d.before-reelmill")
    aside.write_text("#!/bin/sh\nexit 104\n")
    install_missing([], nobody, host.root)
    assert host.policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert not aside.exists()


def test_who_cannot_put_it_back_is_told_how_and_starts_all_the_same(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(_missing: object) -> tuple[str, ...]:
        raise StackError("You are not root, and there is no sudo.")

    monkeypatch.setattr(packages, "_to_become_root", cannot)
    host.policy.write_text("#!/bin/sh\n# reelmill: while packages are being installed\nexit 101\n")
    told: list[str] = []
    install_missing([], told.append, host.root)
    assert "As root: sh " in told[0]


def _is_unlocked(host: Host) -> bool:
    lock = str(host.root / "run/reelmill-install.lock")
    return subprocess.run(("flock", "-n", lock, "true")).returncode == 0


def test_a_start_in_the_middle_of_another_ones_installation_neither_waits_nor_meddles(host: Host) -> None:
    lock = str(host.root / "run/reelmill-install.lock")
    ours = "#!/bin/sh\n# reelmill: while packages are being installed\nexit 101\n"
    host.policy.write_text(ours)
    with subprocess.Popen(("flock", lock, "sleep", "600")) as other:
        eventually(lambda: not _is_unlocked(host))
        install_missing([], nobody, host.root)
        assert host.policy.read_text() == ours
        other.terminate()


@pytest.fixture
def enables_all(host: Host) -> Callable[[str], bool]:
    """An apt-get that brings RabbitMQ and epmd, enabled, as Debian's do."""
    units = ("rabbitmq-server.service", "epmd.service", "epmd.socket")
    host.command("apt-get", "".join(f"ln -sf /lib/{unit} {host.wants}/{unit}\n" for unit in units))
    return lambda unit: (host.wants / unit).is_symlink()


def test_services_that_came_with_the_packages_do_not_start_at_the_next_boot(
    host: Host, enables_all: Callable[[str], bool]
) -> None:
    (host.root / "etc/init.d/rabbitmq-server").touch()
    host.command("update-rc.d", f'echo "$@" >>{host.root}/disabled')
    install_missing([MISSING], nobody, host.root)
    assert not any(map(enables_all, ("rabbitmq-server.service", "epmd.service", "epmd.socket")))
    assert (host.root / "disabled").read_text() == "rabbitmq-server disable\n"


def test_an_epmd_that_the_host_had_enabled_for_its_own_erlang_stays_so(
    host: Host, enables_all: Callable[[str], bool]
) -> None:
    host.enable("epmd.socket")
    host.command("systemctl", f'echo "$@" >>{host.root}/systemctl')
    install_missing([MISSING], nobody, host.root)
    assert enables_all("epmd.socket")
    assert not enables_all("rabbitmq-server.service")
    assert "epmd.socket" not in (host.root / "systemctl").read_text()
