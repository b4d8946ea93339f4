"""What broker and database tell of themselves when looked at; pipeline/checkup says what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

SWEPT, LAST_SWEPT = "sweep", "sweep that did something"
"""The reports of the sweep: of its last run, and of the last in which there was something to do."""


@dataclass(frozen=True)
class QueueCondition:
    ready: int
    consumers: int


@dataclass(frozen=True)
class Management:
    """What only RabbitMQ's management API tells."""

    alarms: tuple[str, ...] = ()
    """Each in words, with its node."""
    down: tuple[str, ...] = ()
    """Nodes of the cluster that are not there, or do not see one another."""
    unbound: tuple[str, ...] = ()
    """Queues of ours that some of their messages do not reach."""
    left_over: Mapping[str, int] = field(default_factory=dict)
    """Queues that are named like ours and that nobody declares any more, with the messages in them."""
    ack_timeout: timedelta | None = None
    """The shortest that a queue or a policy sets for a worker's queue. That of a node it does not tell."""


@dataclass(frozen=True)
class BrokerCondition:
    product: str
    version: str
    queues: Mapping[str, QueueCondition]
    """Those of the topology that are there."""
    missing: tuple[str, ...] = ()
    """Exchanges and queues."""
    unlike: Mapping[str, str] = field(default_factory=dict)
    """Those that are there with other arguments than declared, and what RabbitMQ says to that."""
    management: Management | None = None
    not_managed: str = ""
    """Why there is no `management`."""


@dataclass(frozen=True)
class DatabaseCondition:
    product: str
    version: str
    now: datetime
    """By its clock."""
    revision: str | None
    """Of the last migration."""
    head: str
    """Of the last that this program knows."""
    known: bool = True
    """Whether this program knows `revision`."""
    unsafe: tuple[str, ...] = ()
    """Settings with which a crash may lose what was committed."""
    connections: tuple[int, int] | None = None
    """In use, and at most; None where they are not counted."""
    file: str | None = None


@dataclass(frozen=True)
class Report:
    """What something that runs every so often said when it last ran."""

    at: datetime
    told: Mapping[str, object]


@dataclass(frozen=True)
class Flow:
    now: datetime
    unpublished: int
    """Messages that are committed and not published yet."""
    oldest: datetime | None
    """When the first of them was written."""
    longest_job: timedelta | None
    """From taking a job to its end, of those that are remembered."""
    leases: Mapping[str, datetime]
    """Until when somebody holds the relay, the sweep."""
    reports: Mapping[str, Report]
    stranded: Sequence[str]
    """Ids of videos that are processing, though nothing is left that would bring them on."""


class Examined(Protocol):
    async def condition(self) -> DatabaseCondition:
        """Also of a database without our tables. Raises DatabaseAway."""

    async def flow(self, silence: timedelta) -> Flow:
        """How work gets on; a video of which nothing was heard for `silence` may be stranded. Raises
        DatabaseAway."""

    async def report(self, name: str, told: Mapping[str, object]) -> None:
        """Keeps what was told instead of what was told under that name before."""
