"""Free ports on 127.0.0.1, remembered under the data folder so that a restart keeps them."""

import json
import random
import socket
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from cli.local.credentials import write_private

HOST = "127.0.0.1"

_CANDIDATES = range(26000, 32000)
"""Below the ephemeral ports, which come and go with outgoing connections, above RabbitMQ's defaults, and
away from 35672-35682, which RabbitMQ's command line tools listen on."""

_PATIENCE = 2.0
"""Seconds that a killed predecessor may need to let go of its ports."""


def is_free(port: int) -> bool:
    return why_not_free(port) is None


def why_not_free(port: int, host: str = HOST) -> OSError | None:
    """What the system says to a server that wants to listen there; nothing if it may."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Reuses addresses, as the servers do: a port whose last connections only linger counts as free.
        socket.create_server((host, port), family=family, backlog=1).close()
    except OSError as error:
        return error
    return None


def accepts_connections(port: int, host: str = HOST) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def pick_free(names: Iterable[str], taken: Collection[int] = ()) -> dict[str, int]:
    drawn = random.sample(_CANDIDATES, len(_CANDIDATES))
    candidates = (port for port in drawn if port not in taken and is_free(port))
    return {name: next(candidates) for name in names}


def keep_free(memory: Path, names: Iterable[str], taken: Collection[int] = ()) -> dict[str, int]:
    """The ports of last time where they are still free, new ones elsewhere; none that is `taken` soon."""
    wanted = tuple(names)
    remembered = {name: port for name, port in _remembered(memory).items() if name in wanted}
    kept = {name: port for name, port in remembered.items() if port not in taken and _becomes_free(port)}
    ports = kept | pick_free((name for name in wanted if name not in kept), {*taken, *kept.values()})
    write_private(memory, json.dumps(ports, indent=2))
    return ports


def _remembered(memory: Path) -> dict[str, int]:
    """Nothing when the file is missing or damaged: other ports do as well."""
    try:
        said = json.loads(memory.read_text())
        return {name: port for name, port in said.items() if isinstance(port, int) and 0 < port < 65536}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
