"""The broker's twin in memory: topics, rungs, dead queues and redelivery, for tests and for stage writers."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from pipeline.condition import BrokerCondition, Management, QueueCondition
from pipeline.errors import BrokerAway, Unroutable
from pipeline.ports import Delivery, Message
from pipeline.topology import Binding, Topology


class MemoryBus:
    """Set `away` to play an outage. Rungs take their time, as the real ones do."""

    def __init__(self, topology: Topology) -> None:
        self._away = False
        self._queues: dict[str, deque[MemoryDelivery]] = defaultdict(deque)
        self._consumers: Counter[str] = Counter()
        self._bindings: list[tuple[str, Binding]] = []
        self._rungs: dict[str, float] = {}
        self._changed = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()
        self._learn(topology)

    @property
    def away(self) -> bool:
        return self._away

    @away.setter
    def away(self, away: bool) -> None:
        self._away = away
        self._wake()

    async def publish(self, message: Message) -> None:
        self._answer()
        queues = self._route(message)
        if not queues and message.mandatory:
            raise Unroutable(f"{message.exchange} has no queue for {message.routing_key}.")
        for queue in queues:
            self._put(queue, MemoryDelivery(self, queue, message))

    @asynccontextmanager
    async def consume(self, queue: str) -> AsyncIterator[AsyncIterator[Delivery]]:
        self._consumers[queue] += 1
        try:
            yield self._deliveries(queue)
        finally:
            self._consumers[queue] -= 1

    async def depth(self, queue: str) -> int:
        self._answer()
        return len(self._queues[queue])

    async def consumers(self, queue: str) -> int:
        self._answer()
        return self._consumers[queue]

    async def condition(self) -> BrokerCondition:
        self._answer()
        queues = {
            name: QueueCondition(len(messages), self._consumers[name])
            for name, messages in self._queues.items()
        }
        return BrokerCondition("RabbitMQ", "4.0.0", queues, management=Management())

    @asynccontextmanager
    async def take(self, queue: str, limit: int) -> AsyncIterator[Sequence[Delivery]]:
        self._answer()
        ready = self._queues[queue]
        taken = [ready.popleft() for _ in range(min(limit, len(ready)))]
        try:
            yield taken
        finally:
            for delivery in reversed(taken):
                if not delivery.acked:
                    await delivery.reject()

    async def ready(self) -> bool:
        return not self.away

    def requeue(self, queue: str, delivery: "MemoryDelivery") -> None:
        self._queues[queue].appendleft(delivery)
        self._wake()

    def _answer(self) -> None:
        if self.away:
            raise BrokerAway

    def _learn(self, topology: Topology) -> None:
        for queue in topology.queues:
            self._bindings += [(queue.name, binding) for binding in queue.bindings]
            ttl = queue.arguments.get("x-message-ttl")
            if ttl is not None:
                self._rungs[queue.name] = int(ttl) / 1000
            _ = self._queues[queue.name]

    def _route(self, message: Message) -> list[str]:
        if message.exchange == "":
            return [message.routing_key] if message.routing_key in self._queues else []
        bound = {queue for queue, binding in self._bindings if _matches(binding, message)}
        return sorted(bound)

    def _put(self, queue: str, delivery: "MemoryDelivery") -> None:
        if queue in self._rungs:
            target = replace(delivery, queue=delivery.message.routing_key)
            loop = asyncio.get_running_loop()
            self._timers.add(loop.call_later(self._rungs[queue], self._put, target.queue, target))
            return
        self._queues[queue].append(delivery)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _deliveries(self, queue: str) -> AsyncIterator[Delivery]:
        while True:
            changed = self._changed
            if self._queues[queue] and not self.away:
                yield self._queues[queue].popleft()
            else:
                await changed.wait()


@dataclass
class MemoryDelivery:
    bus: MemoryBus
    queue: str
    message: Message
    acked: bool = False

    @property
    def body(self) -> bytes:
        return self.message.body

    @property
    def message_id(self) -> str:
        return self.message.id

    @property
    def headers(self) -> dict[str, Any]:
        return dict(self.message.headers)

    async def ack(self) -> None:
        self.acked = True

    async def reject(self) -> None:
        self.bus.requeue(self.queue, self)


def _matches(binding: Binding, message: Message) -> bool:
    if binding.exchange != message.exchange:
        return False
    wanted = {name: value for name, value in binding.arguments.items() if not name.startswith("x-")}
    if wanted:
        return all(message.headers.get(name) == value for name, value in wanted.items())
    pattern, key = binding.routing_key.split("."), message.routing_key.split(".")
    return len(pattern) == len(key) and all(
        part in {"*", word} for part, word in zip(pattern, key, strict=True)
    )
