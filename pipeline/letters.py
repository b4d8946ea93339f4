"""How the ledger is asked about dead letters, and what it tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.ports import Message


@dataclass(frozen=True)
class DeadLetter:
    stage: str
    event_id: str
    type: str
    video_id: str | None
    code: str
    message: str
    hint: str
    reason: str
    attempts: int
    crashes: int
    died_at: datetime


@dataclass(frozen=True)
class WholeLetter(DeadLetter):
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Letters:
    """Which dead letters are meant: those to which all that is said applies."""

    stage: str | None = None
    video_id: str | None = None
    reason: str | None = None
    code: str | None = None
    event_id: str | None = None


ANY_LETTER = Letters()
LetterName = tuple[str, str]
"""Its stage and its event's id."""


class DeadLetters(Protocol):
    async def dead(self, which: Letters = ANY_LETTER) -> Sequence[DeadLetter]:
        """Those neither replayed nor dropped yet, oldest first."""

    async def dead_ids(self, stage: str) -> frozenset[str]:
        """The ids of that stage's events among them."""

    async def letter(self, stage: str, event_id: str) -> WholeLetter:
        """Raises DeadLetterMissing, also for one that was replayed or dropped."""

    async def replay(self, stage: str, event_id: str) -> Sequence[Message]:
        """Sends the event to that stage again, in the same run; the failed video is `processing` again.
        Nothing for a letter that was replayed or dropped before. Returns what is to be published. Raises
        DeadLetterMissing where there never was one."""

    async def replay_all(self, names: Sequence[LetterName]) -> Sequence[Message]:
        """The same for many, in one transaction; those that are no dead letters any more are left out."""

    async def drop(self, names: Sequence[LetterName]) -> Sequence[LetterName]:
        """Forgets letters that nobody wants: they cannot be replayed any more, and their steps and videos
        stay as they are. Each is told on its video's timeline. Returns those that were there."""
