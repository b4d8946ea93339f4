"""What happens to the cluster, one thing after the other, while videos flow."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from chaos.cluster.book import Book, Phase
from chaos.cluster.flow import flow_over
from chaos.cluster.network import Network
from chaos.cluster.nodes import Cluster, Node, in_namespaces

NAMES = ("one", "two", "three")
_SETTLE_SECONDS = 10
"""After a fault, for what follows late."""


class Scenario:
    def __init__(self, folder: Path, seed: int, tell: Callable[[str], None]) -> None:
        self._random = random.Random(seed)  # to be repeated, not to be secret
        self._folder = folder
        self._tell = tell
        self._network = Network(NAMES)
        self.book = Book()

    async def run(self) -> Book:
        self._network.make()
        cluster = in_namespaces(self._folder, self._network.addresses)
        try:
            await cluster.start()
            self._tell("three nodes are one cluster")
            async with flow_over(cluster.addresses, self._folder, self.book).running():
                await cluster.whole()
                await self._faults(cluster)
        finally:
            await cluster.close()
        return self.book

    async def _faults(self, cluster: Cluster) -> None:
        await self._phase("nothing", cluster, lambda _: asyncio.sleep(0))
        await self._phase("leader killed, back after 20 s", cluster, self._kill)
        for seconds in (10, 30):
            await self._phase(
                f"leader cut off for {seconds} s", cluster, self._cut(seconds, self._network.cut_off)
            )
        from_peers = self._cut(30, self._network.cut_off_from_peers)
        await self._phase("leader cut off from its peers alone for 30 s", cluster, from_peers)
        await self._phase("rolling restart", cluster, lambda _: self._roll(cluster))

    async def _phase(self, name: str, cluster: Cluster, fault: Callable[[Node], Awaitable[None]]) -> None:
        """Of the node that leads most queues; over once the cluster is whole again and has settled."""
        leader = await cluster.leader_of_most()
        began = time.monotonic()
        self._tell(f"{name} ({leader.name})")
        await fault(leader)
        await cluster.whole()
        await asyncio.sleep(_SETTLE_SECONDS)
        self.book.phases.append(Phase(name, began, time.monotonic()))

    async def _kill(self, leader: Node) -> None:
        await leader.kill()
        await asyncio.sleep(20)
        await leader.start()

    def _cut(self, seconds: float, cut: Callable[[str], None]) -> Callable[[Node], Awaitable[None]]:
        async def fault(leader: Node) -> None:
            name = leader.name.rpartition("@")[2]
            cut(name)
            await asyncio.sleep(seconds)
            self._network.mend(name)

        return fault

    async def _roll(self, cluster: Cluster) -> None:
        for node in self._random.sample(cluster.nodes, len(cluster.nodes)):
            await node.stop()
            await node.start()
            await cluster.whole()
