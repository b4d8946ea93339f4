"""A network namespace for each node, and a bridge, inside one of our own: when we end, all of it is gone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.local.stack import ROOT

_BRIDGE = "bridge"
_PREFIX = "10.213.0"
_INSIDE = "REELMILL_CHAOS_INSIDE"


def lacking() -> str:
    """What this machine has not that it takes; empty when all is there."""
    needs = {
        "root": os.geteuid() == 0,
        "ip (iproute2)": bool(shutil.which("ip")),
        "unshare": bool(shutil.which("unshare")),
    }
    return ", ".join(name for name, there in needs.items() if not there)


def enter(seed: int) -> None:
    """Begins this program again in a network of its own, in our place; returns when we are in there."""
    if os.environ.get(_INSIDE):
        return
    alone = ("unshare", "--net", "--mount", "--propagation", "private")
    again = (sys.executable, "-P", "-m", "chaos.cluster", str(seed))
    os.execvpe(alone[0], (*alone, *again), os.environ | {_INSIDE: "1", "PYTHONPATH": str(ROOT)})  # no shell


class Network:
    def __init__(self, names: Sequence[str]) -> None:
        self.addresses = {name: f"{_PREFIX}.{number}" for number, name in enumerate(names, 1)}

    def make(self) -> None:
        Path("/run/netns").mkdir(parents=True, exist_ok=True)
        _run("mount -t tmpfs tmpfs /run/netns")  # names of the host's are not ours to see
        _run("ip link set lo up")
        _run(f"ip link add {_BRIDGE} type bridge")
        _run(f"ip address add {_PREFIX}.254/24 dev {_BRIDGE}")
        _run(f"ip link set {_BRIDGE} up")
        for name, address in self.addresses.items():
            _run(f"ip netns add {name}")
            _run(f"ip link add to-{name} type veth peer name eth0 netns {name}")
            _run(f"ip link set to-{name} master {_BRIDGE} up")
            _run(f"ip -n {name} address add {address}/24 dev eth0")
            _run(f"ip -n {name} link set eth0 up")
            _run(f"ip -n {name} link set lo up")

    def cut_off(self, name: str) -> None:
        """From everybody, without a word: its cable leads nowhere."""
        _run(f"ip link set to-{name} nomaster")

    def cut_off_from_peers(self, name: str) -> None:
        """Clients still reach it."""
        for address in self._peers(name):
            _run(f"ip -n {name} route add blackhole {address}/32")

    def mend(self, name: str) -> None:
        _run(f"ip link set to-{name} master {_BRIDGE}")
        for address in self._peers(name):
            _run(f"ip -n {name} route del blackhole {address}/32", check=False)

    def _peers(self, name: str) -> list[str]:
        return [address for other, address in self.addresses.items() if other != name]


def _run(command: str, *, check: bool = True) -> None:
    subprocess.run(command.split(), check=check, capture_output=not check)
