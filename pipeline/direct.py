"""What uploads that go straight to the store ask of the database: we see only their beginning and their end.
Every method of this Protocol raises DatabaseAway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pipeline.uploading import NewUpload


@dataclass(frozen=True)
class DirectUpload:
    video_id: str
    source: str
    """Key of the object that it becomes."""
    multipart: str
    """The store's id of its multipart upload."""
    size: int
    """Bytes of the whole file, as it was announced."""
    part_bytes: int
    """Bytes of every part but the last."""
    expires_at: datetime

    @property
    def parts(self) -> int:
        return -(-self.size // self.part_bytes)


class DirectUploads(Protocol):
    async def reserve(self, new: NewUpload, *, size: int, part_bytes: int, lifetime: timedelta) -> str:
        """The id of a video in `uploading`; after `lifetime` the sweep gives it up."""

    async def open_direct(self, video_id: str, multipart: str) -> DirectUpload:
        """Notes the store's multipart upload, so that the sweep can abort it. Raises DirectUploadMissing."""

    async def direct(self, video_id: str) -> DirectUpload:
        """Raises DirectUploadMissing, also once it is accepted or its time is up."""

    async def end_direct(self, video_id: str) -> None:
        """From now on it cannot be accepted. Raises DirectUploadMissing, also when it was."""
