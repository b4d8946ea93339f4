"""Which fault comes when, drawn from a seed: the same one gives the same faults at the same seconds."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, takewhile

KILL, PAUSE, TERMINATE = "kill", "pause", "terminate"
"""Of a process: SIGKILL; SIGSTOP and, later, SIGCONT; SIGTERM."""
DELAY, SILENCE, RESET, CUT = "delay", "silence", "reset", "cut"
"""Of a line, for a while."""
ALARM = "alarm"
"""Of the broker: it has no memory left and takes nothing, for a while."""

_DELAY_SECONDS = 0.3
_CUT_BYTES = (2_000, 200_000)


@dataclass(frozen=True)
class Fault:
    at: float
    """Seconds after the beginning."""
    kind: str
    target: str
    """A process or a line."""
    seconds: float = 0.0
    """How long it lasts, where it does."""
    amount: float = 0.0
    """Seconds of delay, or bytes until the cut."""

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:6.1f} s  {self.kind} {self.target}{lasting}"


def kills(
    seed: int, duration: float, processes: Sequence[str], servers: Sequence[str], every: float, each: float
) -> tuple[Fault, ...]:
    """A process every `every` seconds, and every `each` seconds a server: each server in turn, and which goes
    first is drawn."""
    chance = random.Random(f"kills {seed}")
    killed = [Fault(at, KILL, chance.choice(processes)) for at in _times(every, duration)]
    order = chance.sample(servers, len(servers))
    restarted = [Fault(at, KILL, order[turn % len(order)]) for turn, at in enumerate(_times(each, duration))]
    return _in_order([*killed, *restarted])


def bad_lines(
    seed: int, duration: float, lines: Sequence[str], every: float, lasting: float
) -> tuple[Fault, ...]:
    """A line every `every` seconds, each for up to `lasting` seconds."""
    chance = random.Random(f"lines {seed}")
    faults = []
    for at in _times(every, duration):
        kind = chance.choice((DELAY, SILENCE, RESET, CUT))
        amount = {DELAY: _DELAY_SECONDS, CUT: float(chance.randint(*_CUT_BYTES))}.get(kind, 0.0)
        faults.append(Fault(at, kind, chance.choice(lines), chance.uniform(0.2, 1.0) * lasting, amount))
    return tuple(faults)


def pauses(
    seed: int, duration: float, processes: Sequence[str], every: float, lasting: float
) -> tuple[Fault, ...]:
    """A process stopped in its tracks every `every` seconds, for `lasting` seconds."""
    chance = random.Random(f"pauses {seed}")
    return tuple(Fault(at, PAUSE, chance.choice(processes), lasting) for at in _times(every, duration))


def together(*plans: Iterable[Fault]) -> tuple[Fault, ...]:
    return _in_order([fault for plan in plans for fault in plan])


def _times(every: float, duration: float) -> Iterable[float]:
    return takewhile(lambda at: at <= duration, (every * number for number in count(1)))


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.at, fault.kind, fault.target)))
