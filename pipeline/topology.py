"""The broker's exchanges and queues, derived from the table of stages. Values only: an adapter declares them.

Every argument here is as good as forever: redeclaring a queue with another one is refused by RabbitMQ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from pipeline.stage import Stage

EVENTS = "reelmill.events"
RETRY = "reelmill.retry"
DEAD = "reelmill.dead"
DELAY_HEADER = "reelmill-delay"

DELIVERY_LIMIT = 20
"""Only a backstop: on RabbitMQ 3.10 every lost connection counts towards it. Crashes are counted by us."""
DEAD_DELIVERY_LIMIT = 1_000_000
"""Looking at a dead letter is a delivery, and RabbitMQ 4 would drop it after 20 looks."""

_SAFE: dict[str, str | int] = {
    "x-queue-type": "quorum",
    "x-overflow": "reject-publish",
    "x-dead-letter-strategy": "at-least-once",
}


@dataclass(frozen=True)
class Exchange:
    name: str
    type: str


@dataclass(frozen=True)
class Binding:
    exchange: str
    routing_key: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    name: str
    arguments: Mapping[str, str | int]
    bindings: tuple[Binding, ...]


@dataclass(frozen=True)
class Topology:
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]


def derive(stages: Iterable[Stage], rungs: Sequence[timedelta]) -> Topology:
    """Rungs come first: a stage that fails at once must find its rung."""
    stages = list(stages)
    return Topology(
        exchanges=(Exchange(EVENTS, "topic"), Exchange(RETRY, "headers"), Exchange(DEAD, "topic")),
        queues=(
            *(_rung(rung) for rung in rungs),
            *(_dead(stage) for stage in stages),
            *(_work(stage) for stage in stages),
        ),
    )


def work_queue(stage: str) -> str:
    return f"reelmill.{stage}"


def dead_queue(stage: str) -> str:
    return f"{DEAD}.{stage}"


def rung_name(delay: timedelta) -> str:
    """`10s`, `1m`, `1h`: the largest unit that fits."""
    milliseconds = round(delay.total_seconds() * 1000)
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def _work(stage: Stage) -> Queue:
    arguments = _SAFE | {
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": stage.name,
        "x-delivery-limit": DELIVERY_LIMIT,
    }
    return Queue(
        work_queue(stage.name),
        arguments,
        tuple(Binding(EVENTS, event.binding()) for event in stage.consumes),
    )


def _rung(delay: timedelta) -> Queue:
    """A message leaves by the default exchange, under the routing key it came with: its queue's name."""
    name = rung_name(delay)
    arguments = _SAFE | {
        "x-dead-letter-exchange": "",
        "x-message-ttl": round(delay.total_seconds() * 1000),
    }
    return Queue(f"{RETRY}.{name}", arguments, (Binding(RETRY, "", {"x-match": "all", DELAY_HEADER: name}),))


def _dead(stage: Stage) -> Queue:
    arguments: dict[str, str | int] = {"x-queue-type": "quorum", "x-delivery-limit": DEAD_DELIVERY_LIMIT}
    return Queue(dead_queue(stage.name), arguments, (Binding(DEAD, stage.name),))
