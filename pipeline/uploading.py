"""What uploads ask of the database: those that come in one request, and those that go on over many. Every
method of these Protocols raises DatabaseAway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.ports import Message
from pipeline.video import Video


@dataclass(frozen=True)
class NewUpload:
    filename: str
    content_type: str | None = None
    title: str | None = None
    notify_url: str | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None
    """What a repeat with the same key must look like."""


@dataclass(frozen=True)
class Begun:
    video: Video
    repeated: bool
    """True when the key was used before and that upload was accepted: the body need not be read again."""


class Uploads(Protocol):
    async def begin(self, new: NewUpload) -> Begun:
        """A row in `uploading`. Raises KeyReused for the key of another request, UploadInProgress for one
        whose upload is still alive; takes over one whose upload was abandoned."""

    async def started(self, video_id: str, upload_id: str) -> None:
        """Notes the store's multipart upload, so that the sweep can abort it."""

    async def describe(self, video_id: str, *, title: str | None, notify_url: str | None) -> None:
        """What a form said only after its file. Raises VideoMissing."""

    async def seen(self, video_id: str) -> None:
        """Bytes still flow. Raises VideoMissing when the sweep took it for abandoned, or it was deleted."""

    async def accept(self, video_id: str, size: int, traceparent: str) -> Sequence[Message]:
        """One transaction: the video is `processing`, its steps wait, VideoUploaded is in the outbox.
        Returns what is to be published. Raises VideoMissing."""

    async def discard(self, video_id: str) -> None:
        """Forgets an upload that came to nothing."""


@dataclass(frozen=True)
class Tail:
    """The bytes after the last whole part, as an object of their own."""

    key: str
    size: int
    """Bytes of the object that count, from its beginning."""


@dataclass(frozen=True)
class Resumable:
    """An upload that goes on over many requests. Only what the store has confirmed is counted."""

    id: str
    """Cannot be guessed: whoever knows it may go on with the upload."""
    video_id: str
    source: str
    """Key of the object that it becomes."""
    content_type: str
    said: str
    """Upload-Metadata as the client gave it."""
    length: int | None
    """Bytes of the whole file; None until the client knows it."""
    offset: int
    """Bytes that are safe; equals `length` only once the upload is accepted."""
    part_bytes: int
    """Bytes of every part but the last: a byte belongs to the same part whoever sends it."""
    multipart: str | None
    """The store's id of its multipart upload."""
    parts: int
    tail: Tail | None
    fence: int
    """Of whoever took it last."""
    expires_at: datetime
    accepted: bool


@dataclass(frozen=True)
class Advance:
    """What has become safe: parts in the store, by their ETags, and the tail that now counts."""

    offset: int
    parts: Sequence[str] = ()
    tail: Tail | None = None


class Resumables(Protocol):
    """`fence` is what `take` gave; once somebody else took the upload, it counts no more: FenceLost."""

    async def open(
        self, new: NewUpload, *, length: int | None, part_bytes: int, said: str, lifetime: timedelta
    ) -> Resumable:
        """A video in `uploading` whose bytes are to come."""

    async def resumable(self, upload_id: str) -> tuple[Resumable, bool]:
        """With whether somebody holds it. Raises UploadMissing, or UploadOver."""

    async def take(self, upload_id: str, lease: timedelta) -> Resumable | None:
        """With a new fence; one that is accepted is only shown. None while somebody else holds it, who is
        asked to let go. Raises UploadMissing or UploadOver."""

    async def keep(self, upload_id: str, fence: int, lease: timedelta) -> bool:
        """Renews the lease. False when somebody else asks for the upload."""

    async def let_go(self, upload_id: str, fence: int) -> None:
        """Harmless when it counts no more."""

    async def say_length(self, upload_id: str, fence: int, length: int) -> Resumable:
        """Of an upload that began without."""

    async def start_parts(self, upload_id: str, fence: int, multipart: str) -> Resumable:
        """Notes the store's multipart upload, so that anybody can go on with it, and the sweep abort it."""

    async def advance(self, upload_id: str, fence: int, to: Advance, lifetime: timedelta) -> Resumable:
        """Moves the offset on, and the time at which it expires."""

    async def parts(self, upload_id: str) -> Sequence[str]:
        """ETags, in order."""

    async def start_over(self, upload_id: str, fence: int) -> Resumable:
        """Back to offset 0: the store has forgotten its parts."""

    async def end(self, upload_id: str) -> Resumable:
        """Nobody can go on with it any more; what is in the store is the caller's to clear away, or the
        sweep's. Raises UploadMissing, UploadOver, or IllegalTransition once it is accepted."""
