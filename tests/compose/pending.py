"""Whether Debian has something newer for what an image holds: the one scan that its mirror can feed."""

import re

from tests.compose.engine import Docker

_LISTED = (
    "import pathlib, re;"
    "found = [file.read_text() for file in pathlib.Path('/var/lib/dpkg/status.d').iterdir()];"
    "print(*(' '.join(re.findall(r'^(?:Package|Version): (.*)', one, re.M)) for one in found), sep='\\n')"
)


def pending(docker: Docker, image: str) -> str:
    """Raises AssertionError with those that wait."""
    listed = docker.run("run", "--rm", image, "python", "-c", _LISTED).splitlines()
    held = dict(line.split() for line in listed)
    assert len(held) > 50, held
    ask = f"apt-get update -qq && apt-cache policy {' '.join(held)}"
    said = docker.run("run", "--rm", "--network=host", "debian:13-slim", "sh", "-c", ask)
    newest = dict(re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (\S+)", said, re.MULTILINE))
    waits = {
        name: (version, newest.get(name)) for name, version in held.items() if newest.get(name) != version
    }
    assert not waits, waits
    return f"{len(held)} packages, each as new as Debian has it"
