"""One process of the private stack: what to run, how to know that it works, how long it may take."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path | None = None
    prepare: Callable[[], None] = lambda: None
    """Called before every start, those after a death too. May block; raises OSError."""
    works: Callable[[], bool] = lambda: True
    """Asked again and again until it says yes; may block for a second or so."""
    steady_for: float = 0.0
    """Seconds that it must live before it counts as working, for those that cannot be asked."""
    ready_within: float = 60.0
    stop_within: float = 10.0

    @property
    def argv(self) -> tuple[str, ...]:
        """Dies with whoever started it, so that `kill -9` of the supervisor leaves nothing behind.

        The kernel ties this to the *thread* that forks: start programs from the main thread only.
        """
        return ("setpriv", "--pdeathsig", "KILL", "--", *self.command)


def environment_without(*prefixes: str) -> dict[str, str]:
    """The user's own settings for a tool must not reach a private server of that tool."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
