"""What a handler is given beside its event: the video, the store, scratch space, a way to tell progress."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pipeline.chunks import Growth
from pipeline.errors import HandlerBroken
from pipeline.events import Envelope, Event
from pipeline.ports import Store


class Announce(Protocol):
    async def __call__(self, event: Event, key: str = "") -> None:
        """Tells of something before the handler ends; `key` tells several of one type apart. Raises FenceLost
        when the job is no longer ours."""


async def _to_nobody(event: Event, key: str = "") -> None:
    """Outside of a pipeline nobody listens."""


async def _of_nothing() -> Growth:
    raise HandlerBroken("It asked how a video grows that was never planned.")


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
    """`<video>/<run>/<step>/<fence>/`: where this job's outputs go, and no other's."""
    progress: float = field(default=0.0)
    """0 to 1; set it as often as you like, it is written at most once a second."""
    announce: Announce = field(default=_to_nobody)
    growth: Callable[[], Awaitable[Growth]] = field(default=_of_nothing)
    """What the video's chunks have made by now."""

    def key(self, name: str) -> str:
        """The store's key of an output called `name`."""
        return f"{self.prefix}{name}"
