"""What a handler is given beside its event: the video, the store, scratch space, a way to tell progress."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.events import Envelope
from pipeline.ports import Store


@dataclass(frozen=True)
class VideoSnapshot:
    """The video as it was when the job was claimed."""

    id: str
    run: int
    status: str
    title: str | None
    filename: str
    source: str
    size: int | None
    notify_url: str | None
    created_at: datetime
    playback: dict[str, Any]
    details: dict[str, Any]
    error: dict[str, str] | None


@dataclass
class Job:
    video: VideoSnapshot
    envelope: Envelope
    store: Store
    scratch: Path
    """An empty folder of this job's own, removed after it."""
    prefix: str
    """`<video>/<run>/<stage>/<fence>/`: where this job's outputs go, and no other's."""
    progress: float = field(default=0.0)
    """0 to 1; set it as often as you like, it is written at most once a second."""

    def key(self, name: str) -> str:
        """The store's key of an output called `name`."""
        return f"{self.prefix}{name}"
