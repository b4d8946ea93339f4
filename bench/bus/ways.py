"""Who is compared, and what each guarantees: the figures say little without it."""

from dataclasses import dataclass

_QUEUE = "quorum queue, persistent, publisher confirms, ack after the work, prefetch 1"
_ONCE = (
    "an event's outcome counts once, and with it what follows; lease and fence against two workers at once"
)


@dataclass(frozen=True)
class Way:
    name: str
    module: str
    guarantees: str
    gives_up: str
    database: str = ""
    """`sqlite`, `postgresql` or none."""
    theirs: bool = True
    """Whether it runs in the peers' environment."""

    @property
    def same(self) -> bool:
        """Whether it gives what we give of what concerns the loss and the doubling of events."""
        return bool(self.database)


def ways(peers: bool = True) -> list[Way]:
    ours = [
        Way(
            f"Reelmill, {shown}",
            "bench.bus.with_reelmill",
            f"{_QUEUE}; {_ONCE}; also the video's states, its timeline, traces, counted crashes",
            "nothing",
            database,
            theirs=False,
        )
        for database, shown in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
    ]
    return ours + (_peers() if peers else [])


def _peers() -> list[Way]:
    known = (("FastStream", "bench.bus.with_faststream"), ("Celery", "bench.bus.with_celery"))
    plain = [
        Way(
            name,
            module,
            _QUEUE,
            "a redelivery does the work again; a crash between work and ack doubles what follows",
        )
        for name, module in known
    ]
    by_hand = [
        Way(
            f"{name} and tables by hand, {shown}",
            module,
            f"{_QUEUE}; {_ONCE}",
            "relay, renewal of leases, retries and dead letters as outbox rows: still to be written",
            database,
        )
        for name, module in known
        for database, shown in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
    ]
    return plain + by_hand
