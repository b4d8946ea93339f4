"""A time of grace after the database was away: nobody could renew a lease then, so one that ran out meanwhile
proves nothing of its holder. Until it is over only those are taken over that had run out before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic


class Grace:
    """As this process saw it. For one event loop."""

    def __init__(self, lasts: timedelta, clock: Callable[[], float] = monotonic) -> None:
        """`lasts`: how long holders have to renew their leases once the database is back."""
        self._lasts = lasts.total_seconds()
        self._clock = clock
        self._began: float | None = None
        """When the first write began that could not be made."""
        self._over: float | None = None

    def failed(self, since: float) -> None:
        """A write that began at `since`, by the clock of `monotonic`, was not made."""
        self._forget()
        self._began = since if self._began is None else min(self._began, since)
        self._over = None

    def succeeded(self) -> None:
        if self._began is not None and self._over is None:
            self._over = self._clock()

    def since(self, now: datetime) -> datetime:
        """When a lease must have run out by to be taken over; `now` itself where there was no outage."""
        self._forget()
        return now if self._began is None else now - timedelta(seconds=self._clock() - self._began)

    def until(self, now: datetime) -> datetime:
        """When the grace is over; `now` where there is none."""
        self._forget()
        if self._began is None:
            return now
        return now + timedelta(seconds=(self._over or self._clock()) + self._lasts - self._clock())

    def _forget(self) -> None:
        if self._over is not None and self._clock() > self._over + self._lasts:
            self._began = self._over = None
