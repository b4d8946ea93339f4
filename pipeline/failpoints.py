"""Named places where a test can stop a process: `REELMILL_FAILPOINTS=claim.after=kill,ack.after=raise`.

A plain `kill -9` at a random moment misses windows of microseconds; these do not. Nothing is armed otherwise.
"""

import os
import signal
from typing import Final

OF_A_JOB: Final = frozenset(
    {"claim.after", "handler.after", "commit.after", "confirm.after", "publish.after", "ack.after"}
)
"""That every job passes, of whatever stage."""
NAMES: Final = OF_A_JOB | {
    "segment.after",
    "announce.after",
    "master.before",
    "part.after",
    "tail.after",
    "advance.after",
    "accept.before",
    "accept.after",
    "replay.after",
    "sweep.after",
}


_ACTIONS: Final = frozenset({"kill", "raise"})


class FailpointHit(Exception):
    """An armed failpoint with the action `raise` was reached."""


def reach(name: str) -> None:
    """Does what the environment arms at `name`: `kill` ends this process as SIGKILL does, `raise` raises."""
    action = _armed().get(name)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "raise":
        raise FailpointHit(name)


def _armed() -> dict[str, str]:
    text = os.environ.get("REELMILL_FAILPOINTS", "")
    armed = {name: action for name, _, action in (item.partition("=") for item in text.split(",") if item)}
    unknown = armed.keys() - NAMES
    if unknown:
        raise ValueError(f"REELMILL_FAILPOINTS names {', '.join(sorted(unknown))}; known: {sorted(NAMES)}")
    if not set(armed.values()) <= _ACTIONS:
        raise ValueError(f"REELMILL_FAILPOINTS is {text}; each place needs one of {sorted(_ACTIONS)}")
    return armed
