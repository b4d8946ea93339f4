"""RabbitMQ nodes of one cluster, as processes of ours: on loopback, or each in a namespace of its own."""

import asyncio
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from chaos.cluster.member import Member, Place
from cli.local.ports import HOST, pick_free
from cli.local.program import Program
from cli.local.rabbitmq import PORT_NAMES

_USER, _PASSWORD = "chaos", "chaos-password"
_KHEPRI = "khepri_db"
_POLL_SECONDS = 0.2
_AT_ONCE = {"epmd": 4369, "amqp": 5672, "distribution": 25672, "management": 15672}
"""Where each has an address of its own, all listen on the same ports."""


@dataclass
class Process:
    """One program, with what it takes to get into its namespace."""

    program: Program
    log: Path
    within: Sequence[str] = ()
    _child: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        with self.log.open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                *self.within,
                *self.program.argv,
                env=dict(self.program.environment),
                cwd=self.program.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    async def works(self) -> None:
        """Returns when it does; raises RuntimeError when it ended, TimeoutError when it takes too long."""
        async with asyncio.timeout(self.program.ready_within):
            while not await asyncio.to_thread(self.program.works):
                if not self.runs:
                    raise RuntimeError(f"{self.program.name} ended:\n{self.log.read_text()[-3000:]}")
                await asyncio.sleep(_POLL_SECONDS)

    async def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self._child is None or not self.runs:
            return
        self._child.send_signal(how)
        try:
            async with asyncio.timeout(self.program.stop_within):
                await self._child.wait()
        except TimeoutError:
            self._child.kill()
            await self._child.wait()


class Node:
    """`epmd` is shared where nodes share an address."""

    def __init__(self, node: Member, epmd: Process, within: Sequence[str] = ()) -> None:
        self.rabbit = node
        self._epmd = epmd
        self._server = Process(node.server_program(), node.folder / "server.log", within)

    @property
    def name(self) -> str:
        return self.rabbit.name

    @property
    def amqp_url(self) -> str:
        return self.rabbit.amqp_url()

    async def start(self) -> None:
        if not self._epmd.runs:
            await self._epmd.start()
            await self._epmd.works()
        await self._server.start()
        await self._server.works()

    async def stop(self) -> None:
        await self._server.end(signal.SIGTERM)

    async def kill(self) -> None:
        await self._server.end()

    async def close(self) -> None:
        await self.kill()
        await self._epmd.end()


@dataclass
class Cluster:
    nodes: list[Node]
    _auth: tuple[str, str] = field(default=(_USER, _PASSWORD))

    @property
    def addresses(self) -> str:
        """As REELMILL_BROKER__URL takes them."""
        return ",".join(node.amqp_url for node in self.nodes)

    async def start(self) -> None:
        await asyncio.gather(*(node.start() for node in self.nodes))
        await self.whole()
        await self._agree_by_raft()

    async def close(self) -> None:
        await asyncio.gather(*(node.close() for node in self.nodes))

    async def whole(self, within: float = 120) -> None:
        """Returns when every node says that all run and that every queue has all of its members online."""
        async with asyncio.timeout(within):
            while not all([await self._is_whole(node) for node in self.nodes]):  # noqa: ASYNC110  # asked, not told
                await asyncio.sleep(_POLL_SECONDS)

    async def _agree_by_raft(self) -> None:
        """Where RabbitMQ can (from 4.0 on): what is declared is kept by Khepri then, which a partition cannot
        tear apart, and not by Mnesia, which one that is mended as it is noticed leaves apart."""
        flags = await self._asked(self.nodes[0], "feature-flags") or []
        if not any(flag["name"] == _KHEPRI and flag["state"] == "disabled" for flag in flags):
            return
        url = f"{self.nodes[0].rabbit.management_url}/api/feature-flags/{_KHEPRI}/enable"
        async with httpx.AsyncClient(auth=self._auth, timeout=60, trust_env=False) as client:
            (await client.put(url, json={"name": _KHEPRI})).raise_for_status()
        await self.whole()

    async def leaders(self) -> dict[str, str]:
        """The node that leads each quorum queue, as one says that answers."""
        for node in self.nodes:
            queues = await self._asked(node, "queues")
            if queues is not None:
                return {str(queue["name"]): str(queue.get("leader", "")) for queue in queues}
        raise RuntimeError("No node of the cluster answers.")

    async def leader_of_most(self) -> Node:
        leading = list((await self.leaders()).values())
        return max(self.nodes, key=lambda node: leading.count(node.name))

    async def _is_whole(self, node: Node) -> bool:
        seen, queues = await self._asked(node, "nodes"), await self._asked(node, "queues")
        if seen is None or queues is None:
            return False
        running = [each for each in seen if each.get("running")]
        online = [each for each in queues if _count(each.get("online")) == len(self.nodes)]
        return len(running) == len(self.nodes) and len(online) == len(queues)

    async def _asked(self, node: Node, what: str) -> list[dict[str, object]] | None:
        try:
            async with httpx.AsyncClient(auth=self._auth, timeout=5, trust_env=False) as client:
                answer = await client.get(f"{node.rabbit.management_url}/api/{what}")
                found: list[dict[str, object]] = answer.raise_for_status().json()
                return found
        except (httpx.HTTPError, ValueError):
            return None


def _count(members: object) -> int:
    return len(members) if isinstance(members, list) else 0


def on_loopback(folder: Path, names: Sequence[str]) -> Cluster:
    """Each with ports of its own; one epmd knows them all."""
    everybody = [f"{name}@localhost" for name in names]
    epmd_port = pick_free(["epmd"])["epmd"]
    taken = {epmd_port}
    epmd: Process | None = None
    nodes = []
    for name in everybody:
        own = pick_free([each for each in PORT_NAMES if each != "epmd"], taken)
        taken |= set(own.values())
        place = Place(name, HOST, {"localhost": HOST}, everybody)
        member = Member.at(place, folder, _USER, _PASSWORD, {**own, "epmd": epmd_port})
        epmd = epmd or Process(member.epmd_program(), folder / "epmd.log")
        nodes.append(Node(member, epmd))
    return Cluster(nodes)


def in_namespaces(folder: Path, addresses: Mapping[str, str]) -> Cluster:
    """`addresses` by namespace; each node is called by that name."""
    everybody = [f"reelmill@{name}" for name in addresses]
    nodes = []
    for name, (namespace, address) in zip(everybody, addresses.items(), strict=True):
        place = Place(name, address, addresses, everybody)
        member = Member.at(place, folder, _USER, _PASSWORD, _AT_ONCE)
        within = ("ip", "netns", "exec", namespace)
        epmd = Process(member.epmd_program(), folder / f"epmd-{namespace}.log", within)
        nodes.append(Node(member, epmd, within))
    return Cluster(nodes)
