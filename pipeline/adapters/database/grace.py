"""A time of grace after the database was away: nobody could renew a lease then, so one that ran out meanwhile
proves nothing of its holder. Until it is over only those are taken over that had run out before."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

_STRETCH = 0.25
"""Of a lease: whoever could write for as long has renewed it, several times over."""


class Grace:
    """As this process saw it. Safe to share between threads."""

    def __init__(self, lasts: timedelta, clock: Callable[[], float] = monotonic) -> None:
        """`lasts`: how long holders have to renew their leases once the database is back."""
        self._lasts = lasts.total_seconds()
        self._clock = clock
        self._lock = threading.Lock()
        self._began: float | None = None
        """When what could not be done was begun first."""
        self._over: float | None = None
        self._answered = float("-inf")

    def failed(self, since: float) -> None:
        """What was begun at `since`, by the clock of `monotonic`, was not done. One of many that waits in
        vain, while others are answered, is no outage."""
        with self._lock:
            if self._answered > since:
                return
            worked = self._over is not None and since - self._over > _STRETCH * self._lasts
            self._began = since if self._began is None or worked else min(self._began, since)
            self._over = None

    def succeeded(self) -> None:
        """A write was made."""
        with self._lock:
            self._answered = self._clock()
            if self._began is not None and self._over is None:
                self._over = self._answered

    def since(self, now: datetime) -> datetime:
        """When a lease must have run out by to be taken over; `now` itself where there was no outage."""
        with self._lock:
            self._forget()
            return now if self._began is None else now - timedelta(seconds=self._clock() - self._began)

    def until(self, now: datetime) -> datetime:
        """When the grace is over; `now` where there is none."""
        with self._lock:
            self._forget()
            if self._began is None:
                return now
            over = self._clock() if self._over is None else self._over
            return now + timedelta(seconds=over + self._lasts - self._clock())

    def _forget(self) -> None:
        if self._over is not None and self._clock() > self._over + self._lasts:
            self._began = self._over = None
