"""What a checkup finds: in plain words, with a verdict and the next step."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Worth knowing."""
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    about: str
    """The part: `broker`, `topology`, `store`, and so on."""
    code: str
    verdict: Verdict
    said: str
    next: str = ""
    """What to do; empty where there is nothing to do."""


def ok(about: str, code: str, said: str) -> Finding:
    return Finding(about, code, Verdict.OK, said)


def note(about: str, code: str, said: str, next: str = "") -> Finding:  # noqa: A002  the field has this name
    return Finding(about, code, Verdict.NOTE, said, next)


def wrong(about: str, code: str, said: str, next: str) -> Finding:  # noqa: A002
    return Finding(about, code, Verdict.WRONG, said, next)


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `3 h`, `2 days`: as exactly as one wants to know."""
    for enough, size, unit in ((172_800, 86_400, "days"), (7200, 3600, "h"), (120, 60, "min")):
        if seconds >= enough:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def listed(names: object, most: int = 4) -> str:
    """The first few, and how many more."""
    every = [str(name) for name in names]  # type: ignore[attr-defined]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
