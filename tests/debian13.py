"""`python -m tests.debian13 FOLDER`: Debian 13 with its RabbitMQ in a folder, for tests of that version.

Needs root, debootstrap (apt-get install debootstrap), a Debian mirror and 600 MB. Nothing is started in
it, now or later: tests run its RabbitMQ from there when REELMILL_RABBITMQ_ROOT names the folder.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_SUITE = "trixie"
_PACKAGES = ("rabbitmq-server",)
_NO_SERVICES = "#!/bin/sh\nexit 101\n"
_SERVER = "usr/lib/rabbitmq/bin/rabbitmq-server"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        return _say(f"{__doc__}\nUsage: python -m tests.debian13 FOLDER")
    folder = Path(arguments[0]).resolve()
    if (folder / _SERVER).exists():
        return _ready(folder)
    if lacking := _lacking():
        return _say(f"Missing here: {lacking}.")
    _make(folder)
    return _ready(folder)


def _lacking() -> str:
    needs = {"root": os.geteuid() == 0, "debootstrap": bool(shutil.which("debootstrap"))}
    return ", ".join(name for name, there in needs.items() if not there)


def _make(folder: Path) -> None:
    """What a run that was killed left behind is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    mirror = filter(None, [os.environ.get("DEBIAN_MIRROR")])  # debootstrap's own where none is named
    subprocess.run(["debootstrap", "--variant=minbase", _SUITE, str(folder), *mirror], check=True)
    policy = folder / "usr/sbin/policy-rc.d"
    policy.write_text(_NO_SERVICES)
    policy.chmod(0o755)
    install = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *_PACKAGES)
    # `unshare` gives what the packages' scripts mount or start a namespace of its own, and ends it with them.
    alone = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", str(folder))
    subprocess.run((*alone, *install), env=_environment(), check=True)
    subprocess.run((*alone, "apt-get", "clean"), env=_environment(), check=True)


def _environment() -> dict[str, str]:
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return proxies | {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "DEBIAN_FRONTEND": "noninteractive",
        "LC_ALL": "C.UTF-8",
    }


def _ready(folder: Path) -> int:
    sys.stdout.write(f"REELMILL_RABBITMQ_ROOT={folder} ./reelmill test tests/contract/test_bus_contract.py\n")
    return 0


def _say(words: str) -> int:
    sys.stderr.write(f"{words}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
