"""Images in the place of those that compose would pull, made of Debian 13's packages where none can be had.

For checking only. What each is instead of what it is named is in `STANDINS`, and printed with the report.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.compose.engine import Docker

FILES = Path(__file__).with_name("standins")
_SUITE = "trixie"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Standin:
    image: str
    file: str
    differs: str


BASE = Standin(
    "debian:13-slim",
    "",
    "the same packages by debootstrap, with manuals and translations that slim leaves out",
)
STANDINS = (
    Standin("node:24-slim", "node", "this machine's Node.js and npm: npm ci is all that is asked of it"),
    Standin(
        "rabbitmq:4-management",
        "rabbitmq",
        "RabbitMQ 4.0.5 of Debian 13 and an entry point of ours, with the same variables and folders",
    ),
    Standin("postgres:17", "postgres", "PostgreSQL 17 of Debian 13 and an entry point of ours, likewise"),
    Standin("caddy:2", "caddy", "Caddy 2.6.2 of Debian 13, where the image has a later 2"),
)


def plugins(folder: Path) -> Path:
    """Compose and buildx as plugins of the client, out of Debian 13's packages."""
    found = folder / "plugins"
    if not found.exists():
        base = root(folder)
        _inside(base, "apt-get", "download", "docker-compose", "docker-buildx")
        for package in base.glob("docker-*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, folder / "unpacked"], check=True)
        found.mkdir()
        for plugin in (folder / "unpacked").rglob("cli-plugins/docker-*"):
            shutil.copy2(plugin, found)
    return found


def root(folder: Path) -> Path:
    """Debian 13's smallest system in a folder."""
    base = folder / _SUITE
    if not (base / "made").exists():
        shutil.rmtree(base, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", _SUITE, base], check=True, capture_output=True)
        (base / "etc/apt/sources.list.d/security.list").write_text(_security(base))
        shutil.copy("/etc/resolv.conf", base / "etc/resolv.conf")
        _inside(base, "apt-get", "update")
        (base / "made").touch()
    return base


def make(docker: Docker, folder: Path, store: str) -> None:
    """All that are not there yet; `store` stands in for Silo: `minio` or `rclone`."""
    if not docker.has(BASE.image):
        _import(docker, root(folder))
    for standin in STANDINS:
        if not docker.has(standin.image):
            _build(docker, folder, standin.image, standin.file)
    image = "pgsty/silo:RELEASE.2026-09-03T13-18-01Z"
    if not docker.has(image):
        _build(docker, folder, image, store)


def _import(docker: Docker, base: Path) -> None:
    """With what a build needs to reach the registries from here; nothing of it gets into our own image."""
    shutil.copy(_CERTIFICATES, base / "etc/machine-ca.crt")
    changes = (
        "ENV PIP_CERT=/etc/machine-ca.crt NODE_EXTRA_CA_CERTS=/etc/machine-ca.crt",
        "ENV DEBIAN_FRONTEND=noninteractive",
        'CMD ["bash"]',
    )
    options = [word for change in changes for word in ("--change", change)]
    packed = base.with_suffix(".tar")
    subprocess.run(
        ["tar", "--create", "--numeric-owner", f"--file={packed}", f"--directory={base}", "."], check=True
    )
    docker.run("import", *options, str(packed), BASE.image)
    packed.unlink()


def _build(docker: Docker, folder: Path, image: str, name: str) -> None:
    context = folder / "contexts" / name
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(FILES, context)
    if name == "node":
        for part in ("bin/node", "lib/node_modules/npm"):
            _copy(Path("/usr") / part, context / part)
    if name == "minio":
        _copy(folder / "minio", context / "minio")
    docker.run(
        "build",
        "--network=host",
        f"--file={context / name}.Dockerfile",
        f"--tag={image}",
        str(context),
        within=1800,
    )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _security(base: Path) -> str:
    """Its security updates, from beside where the system itself came from."""
    mirror = (base / "etc/apt/sources.list").read_text().split()[1].rstrip("/")
    return f"deb {mirror}-security {_SUITE}-security main\n"


def _inside(base: Path, *command: str) -> None:
    subprocess.run(["chroot", base, *command], check=True, capture_output=True)
