"""What the core asks of the database, as Protocols, and the values that pass. The database is the truth about
attempts and outcomes; its clock decides about leases. Every method raises DatabaseAway."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.changes import Changes
from pipeline.chunks import Growth
from pipeline.claims import Absorbed, Busy, Claim, Failure, Outcome, Pulse
from pipeline.condition import Examined
from pipeline.direct import DirectUploads
from pipeline.events import Envelope
from pipeline.letters import DeadLetters
from pipeline.linking import UploadLinks
from pipeline.ports import Message
from pipeline.stage import Stage
from pipeline.uploading import Resumables, Uploads
from pipeline.video import Step, Video, VideoStatus

# --- reading and commanding videos ----------------------------------------------------------------------


@dataclass(frozen=True)
class Sought:
    """Which videos a page is of."""

    words: str = ""
    """Each must be somewhere in the title or the file's name, in whatever case."""
    statuses: frozenset[VideoStatus] = frozenset()
    """In one of these; in any when there are none."""


EVERYTHING = Sought()


@dataclass(frozen=True)
class Page:
    items: Sequence[tuple[Video, Sequence[Step]]]
    next: str | None


@dataclass(frozen=True)
class TimelineEntry:
    """A row of the outbox, as the timeline shows it."""

    id: str
    event_id: str
    kind: str
    """`event`, `retry`, `wait`, `replay`, `again`, `dead` or `drop`."""
    type: str
    """The event's type without its version."""
    version: int
    run: int
    stage: str | None
    """The stage that made it, or that it goes back to; None for the upload API."""
    time: datetime
    published_at: datetime | None
    data: dict[str, object]
    """The event's data."""
    note: dict[str, str]
    """What a person wants to know of a retry or dead letter: delay, attempt, reason, error."""


@dataclass(frozen=True)
class ChunkCount:
    requested: int
    done: int


class Library(Protocol):
    async def video(self, video_id: str) -> tuple[Video, Sequence[Step]]:
        """With the steps of its current run, in order. Raises VideoMissing, also for a deleted one."""

    async def page(self, limit: int, cursor: str | None, sought: Sought = EVERYTHING) -> Page:
        """Newest first. A cursor is good for whatever is sought. Raises BadCursor."""

    async def timeline(self, video_id: str, *, chunks: bool = True) -> Sequence[TimelineEntry]:
        """Oldest first; without `chunks` nothing of single chunks but trouble. Raises VideoMissing."""

    async def chunk_count(self, video_id: str) -> ChunkCount:
        """Of the current run. Raises VideoMissing."""

    async def cancel(self, video_id: str) -> None:
        """Raises VideoMissing or IllegalTransition; harmless for one that is cancelled already."""

    async def rename(self, video_id: str, title: str | None) -> None:
        """Raises VideoMissing."""

    async def delete(self, video_id: str) -> None:
        """Writes a tombstone. Raises VideoMissing."""

    async def restore(self, video_id: str) -> Sequence[Message]:
        """Takes the tombstone away, while there is time to; harmless where there is none. Returns what is to
        be published: each event that its stage has not ended with, for that stage alone. Raises VideoMissing,
        DeletedForGood."""

    async def retry(self, video_id: str) -> Sequence[Message]:
        """Replays the dead letters of a failed video. Raises VideoMissing or IllegalTransition."""

    async def restart(self, video_id: str, traceparent: str) -> Sequence[Message]:
        """Begins a new run from the source: events of the older ones count no more, and their dead letters
        are dropped. Returns what is to be published. Raises VideoMissing or IllegalTransition."""


# --- work -----------------------------------------------------------------------------------------------


class Inbox(Protocol):
    async def claim(self, stage: Stage, envelope: Envelope, taker: str) -> Claim | Busy | Absorbed:
        """Takes the job with a new fence token and a lease. `taker` names who asks, and for which delivery:
        one who has the job already did not hear the answer, and gets it once more."""

    async def beat(self, claim: Claim, progress: float) -> Pulse:
        """Renews the lease and writes the step's progress."""

    async def announce(self, claim: Claim, envelope: Envelope, message: Message) -> Sequence[Message]:
        """One transaction, while the job goes on: the event projected onto the rows, `message` in the outbox.
        Returns what is to be published: of `message` and what followed, all that was not told before. Raises
        FenceLost when the claim counts no more."""

    async def commit(self, claim: Claim, outcome: Outcome, messages: Sequence[Message]) -> Sequence[Message]:
        """One transaction: the events projected onto the rows, the inbox row, `messages` in the outbox, and
        what follows for the video's chunks. Returns what is to be published: `messages` and what followed.
        Raises FenceLost when the claim counts no more."""

    async def release(self, claim: Claim) -> None:
        """Hands the job back without spending an attempt."""

    async def bury(self, stage: str, failure: Failure, message: Message) -> None:
        """Records a message that is no event of ours, and its dead letter in the outbox."""


class Chunks(Protocol):
    async def growth(self, video_id: str, *, of: str | None = None) -> Growth | None:
        """What the chunks of the video's current run have made by now; None when none were planned. `of` a
        rendition only those that make it, up to the first that is not done. Also of a deleted one that may be
        restored. Raises VideoMissing."""


class Outbox(Protocol):
    async def add(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Returns those that were not there before."""

    async def overdue(self, patience: timedelta, limit: int, skip: int = 0) -> Sequence[Message]:
        """Oldest first, without the first `skip`: rows unpublished `patience` after they were written."""

    async def mark_published(self, ids: Collection[str]) -> None: ...


class Leases(Protocol):
    async def hold(self, name: str, holder: str, duration: timedelta) -> bool:
        """Whether `holder` has the lease called `name` now: one relay, one sweep at a time."""


# --- the sweep ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settled:
    video_id: str
    kept: frozenset[str]
    """The output prefixes that count."""
    updated_at: datetime


class Sweeping(Protocol):
    async def abandoned_uploads(self, silence: timedelta) -> Sequence[Video]:
        """Gives up uploads that took no byte for `silence`: from now on they cannot be accepted. Returns them
        until they are discarded."""

    async def purgeable(self) -> Sequence[str]:
        """Ids of deleted videos that nobody can restore any more and no live lease works on."""

    async def purged(self, video_id: str) -> None:
        """Its objects are gone: forget its rows, keep the tombstone's id from being used again."""

    async def settled(self) -> Sequence[Settled]:
        """Videos at rest that changed since their losing outputs were last removed."""

    async def swept(self, settled: Settled) -> None:
        """Its losing outputs are gone, as of then."""

    async def stuck(self, stages: Sequence[Stage], silence: timedelta) -> Sequence[Message]:
        """Events published `silence` ago that their stage never took up, or took up and let go."""

    async def prune(self, older_than: timedelta) -> int: ...


class Ledger(
    Uploads,
    Resumables,
    UploadLinks,
    DirectUploads,
    Library,
    Changes,
    DeadLetters,
    Inbox,
    Chunks,
    Outbox,
    Leases,
    Sweeping,
    Examined,
    Protocol,
):
    """The whole database."""

    async def ready(self) -> bool: ...
