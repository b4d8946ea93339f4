"""The JSON shapes of what those ask for who look after an installation."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class DeadLetterOut(BaseModel):
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


class DeadLetterWhole(DeadLetterOut):
    body: Any
    """JSON where the message is JSON, else text."""
    headers: dict[str, str]


class DeadLetterList(BaseModel):
    items: list[DeadLetterOut]


class Replayed(BaseModel):
    replayed: bool
    """False for a letter that was replayed or dropped before."""


Said = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class DeadLettersMeant(BaseModel):
    """Those to which all that is said applies. A misspelt name is refused: it would mean too many."""

    model_config = ConfigDict(extra="forbid")

    stage: Said | None = None
    reason: Said | None = None
    code: Said | None = None
    video: Said | None = None
    """The id of their video."""
    event: Said | None = None
    """The id of one event, which several stages may have given up."""
    all: bool = False
    """Must be said where nothing else is."""
    dry_run: bool = False
    """Only count them."""


class DeadLetterCount(BaseModel):
    stage: str
    reason: str
    code: str
    count: int


class DeadLettersHandled(BaseModel):
    dry_run: bool
    count: int
    """Letters that were handled, or would be. Those that are no dead letters any more are not among them."""
    items: list[DeadLetterCount]


class FindingOut(BaseModel):
    about: str
    """The part: `broker`, `topology`, `store`, `database`, `clocks`, `secrets`, `flow`, `letters` or
    `machine`."""
    code: str
    verdict: Literal["ok", "note", "wrong"]
    """`note` is worth knowing, and nothing to mend at once."""
    said: str
    next: str
    """What to do; empty where there is nothing to do."""


class CheckupOut(BaseModel):
    wrong: int
    """How many findings are."""
    notes: int
    findings: list[FindingOut]
