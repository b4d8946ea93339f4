"""What upload links ask of the database: a backend makes one, one browser begins one upload with it. Every
method of this Protocol raises DatabaseAway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.uploading import NewUpload, Resumable


@dataclass(frozen=True)
class LinkTerms:
    """What the one upload of a link may be, and what is said of it beforehand."""

    max_bytes: int | None = None
    filename: str | None = None
    title: str | None = None
    notify_url: str | None = None
    origin: str | None = None
    """The site whose page may use it."""


@dataclass(frozen=True)
class UploadLink:
    terms: LinkTerms
    video_id: str
    """What its upload becomes."""
    expires_at: datetime
    """An upload that began before goes on after it."""


class UploadLinks(Protocol):
    """A link is known by the hash of its secret: whoever reads the database can use none."""

    async def make_link(self, secret_hash: str, terms: LinkTerms, lifetime: timedelta) -> UploadLink: ...

    async def link(self, secret_hash: str) -> UploadLink:
        """Raises LinkMissing."""

    async def open_by_link(
        self,
        secret_hash: str,
        new: NewUpload,
        *,
        length: int,
        part_bytes: int,
        said: str,
        lifetime: timedelta,
    ) -> Resumable:
        """Its upload; the one that it began before, while that is under way. Raises LinkMissing, LinkOver, or
        LinkTaken for a file of another length than the one that is under way."""

    async def is_linked_from(self, origin: str) -> bool:
        """Whether any link names this site."""
