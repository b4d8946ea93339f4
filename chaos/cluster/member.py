"""A RabbitMQ node that is one of several: its name, its address, and whom it joins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.local.credentials import write_private
from cli.local.rabbitmq import RabbitNode

_COOKIE = "chaos-cookie"


@dataclass(frozen=True)
class Place:
    name: str
    address: str
    hosts: Mapping[str, str]
    """Addresses of all nodes, by the host in their names."""
    everybody: Sequence[str]


class Member(RabbitNode):
    place: Place

    @classmethod
    def at(cls, place: Place, folder: Path, user: str, password: str, ports: Mapping[str, int]) -> "Member":
        """Its files are written at once."""
        member = cls(folder / place.name, user, password, **ports)
        object.__setattr__(member, "place", place)  # the node it extends is frozen
        member.prepare()
        return member

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def address(self) -> str:
        return self.place.address

    @property
    def hosts(self) -> Mapping[str, str]:
        return self.place.hosts

    def prepare(self) -> None:
        super().prepare()
        write_private(self.folder / ".erlang.cookie", _COOKIE)
        lines = {f"nodes.{number}": node for number, node in enumerate(self.place.everybody, 1)}
        formed = "".join(
            f"cluster_formation.classic_config.{name} = {node}\n" for name, node in lines.items()
        )
        (self.folder / "conf.d" / "cluster.conf").write_text(
            "cluster_formation.peer_discovery_backend = classic_config\n"
            "cluster_partition_handling = pause_minority\n"
            # Until a partition is noticed nobody pauses, and 3.10 opens no channel to what was led beyond it.
            "net_ticktime = 6\n" + formed
        )
