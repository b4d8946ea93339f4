"""A private RabbitMQ node: own folder, ports, epmd, user and cookie, on loopback only.

It shares nothing with a RabbitMQ that runs on the machine already, but the installed program.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from cli.local.credentials import write_private
from cli.local.ports import HOST, accepts_connections
from cli.local.program import Program, environment_without

PORT_NAMES = ("epmd", "amqp", "distribution", "management")

NODE_NAME = "reelmill@localhost"
"""Its own epmd keeps it apart from others of that name. It names the folder of the node's data, so it must
not depend on a port; and the host's own name may not resolve."""

# Debian's wrapper on PATH insists on root or rabbitmq; the script behind it runs as anybody.
_SERVER_SCRIPTS = (Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),)

# The schedulers would spin for work on cores that ffmpeg needs.
_NO_SPINNING = "+sbwt none +sbwtdcpu none +sbwtdio none"

_OTHER_SYSTEM = "REELMILL_RABBITMQ_ROOT"
"""A folder that holds another Debian, whose RabbitMQ is run instead, by root, to test that version."""

_ENTER = """
root=$1 folder=$2; shift 2
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
for of_the_host in /proc /dev; do mount --rbind "$of_the_host" "$root$of_the_host"; done
exec chroot "$root" "$@"
"""
"""In a mount namespace of its own: nothing is left to unmount, however the node ends."""


def server_script() -> Path | None:
    on_path = shutil.which("rabbitmq-server")
    candidates = (*_SERVER_SCRIPTS, *((Path(on_path),) if on_path else ()))
    return next((script for script in candidates if script.exists()), None)


def _erlang_address(address: str) -> str:
    return "{" + address.replace(".", ",") + "}"


@dataclass(frozen=True)
class RabbitNode:
    folder: Path
    user: str
    password: str
    epmd: int
    amqp: int
    distribution: int
    management: int

    @property
    def name(self) -> str:
        return NODE_NAME

    @property
    def address(self) -> str:
        return HOST

    @property
    def hosts(self) -> Mapping[str, str]:
        """A bare machine may know no `localhost`, and a name server may take its time to say so."""
        return {"localhost": HOST}

    @property
    def management_url(self) -> str:
        return f"http://{self.address}:{self.management}"

    def amqp_url(self, vhost: str = "/") -> str:
        path = "" if vhost == "/" else vhost
        return f"amqp://{self.user}:{self.password}@{self.address}:{self.amqp}/{path}"

    def prepare(self) -> None:
        (self.folder / "conf.d").mkdir(parents=True, exist_ok=True)
        write_private(self.folder / "rabbitmq.conf", self._configuration())
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "rabbitmq-env.conf").write_text("")
        (self.folder / "inetrc").write_text(self._name_service())

    def epmd_program(self) -> Program:
        return Program(
            "epmd",
            ("epmd", "-address", self.address, "-port", str(self.epmd)),
            environment_without("ERL_", "RABBITMQ_"),
            works=lambda: accepts_connections(self.epmd, self.address),
            ready_within=10,
        )

    def server_program(self) -> Program:
        return Program(
            "rabbitmq",
            self.command(server_script() or _SERVER_SCRIPTS[0]),
            self.environment(),
            folder=self.folder,
            works=self.works,
            ready_within=120,
            stop_within=30,
        )

    def command(self, script: Path, *arguments: str) -> tuple[str, ...]:
        """One of RabbitMQ's scripts, for this node; `environment()` goes with it."""
        plain = (str(script), *arguments)
        if root := os.environ.get(_OTHER_SYSTEM):
            alone = ("unshare", "--mount", "--propagation", "private", "sh", "-euc", _ENTER, "enter")
            return (*alone, root.rstrip("/"), str(self.folder), *plain)
        return plain

    def works(self) -> bool:
        # First what is cheap: this is asked ten times a second of a machine that is busy starting.
        if not all(accepts_connections(port, self.address) for port in (self.management, self.amqp)):
            return False
        try:
            # Not by way of a proxy that the environment may name: nobody there reaches this machine.
            answer = httpx.get(
                f"{self.management_url}/api/whoami",
                auth=(self.user, self.password),
                timeout=2,
                trust_env=False,
            )
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def _configuration(self) -> str:
        lines = {
            "listeners.tcp.local": f"{self.address}:{self.amqp}",
            "management.tcp.ip": self.address,
            "management.tcp.port": self.management,
            "default_user": self.user,
            "default_pass": self.password,
        }
        return "".join(f"{name} = {value}\n" for name, value in lines.items())

    def _name_service(self) -> str:
        known = [
            f'{{host, {_erlang_address(address)}, ["{name}"]}}.\n' for name, address in self.hosts.items()
        ]
        return "".join(known) + "{lookup, [file, native]}.\n"

    def environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return environment_without("ERL_", "RABBITMQ_") | {
            "HOME": folder,
            "ERL_EPMD_PORT": str(self.epmd),
            "ERL_EPMD_ADDRESS": self.address,
            "ERL_INETRC": f"{folder}/inetrc",
            # Ours is supervised; one that a node starts would outlive it and listen everywhere.
            "ERL_FLAGS": "-start_epmd false",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_BASE": folder,
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/rabbitmq-env.conf",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONFIG_FILES": f"{folder}/conf.d",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/generated",
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"-kernel inet_dist_use_interface {_erlang_address(self.address)} {_NO_SPINNING}"
            ),
            # The script then becomes the server, instead of a shell between it and our signals.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
