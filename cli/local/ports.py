"""Free ports on 127.0.0.1, remembered under the data folder so that a restart keeps them."""

import json
import random
import socket
import time
from collections.abc import Iterable
from pathlib import Path

HOST = "127.0.0.1"

_CANDIDATES = range(26000, 32000)
"""Below the ephemeral ports, which come and go with outgoing connections, above RabbitMQ's defaults, and
away from 35672-35682, which RabbitMQ's command line tools listen on."""

_PATIENCE = 2.0
"""Seconds that a killed predecessor may need to let go of its ports."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: a port whose last connections only linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def accepts_connections(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def pick_free(names: Iterable[str]) -> dict[str, int]:
    candidates = (port for port in random.sample(_CANDIDATES, len(_CANDIDATES)) if is_free(port))
    return {name: next(candidates) for name in names}


def keep_free(memory: Path, names: Iterable[str]) -> dict[str, int]:
    """The ports of last time where they are still free, new ones elsewhere."""
    wanted = tuple(names)
    remembered = json.loads(memory.read_text()) if memory.exists() else {}
    kept = {name: port for name, port in remembered.items() if name in wanted and _becomes_free(port)}
    ports = kept | pick_free(name for name in wanted if name not in kept)
    memory.write_text(json.dumps(ports, indent=2))
    return ports


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
