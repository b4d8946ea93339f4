"""A ledger that shows of its videos what a test says: what of them plays, and by which chunks they grow."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.chunks import Growth
from pipeline.ledger import Ledger, TimelineEntry
from pipeline.video import Step, Video, VideoStatus


class Showing:
    """Passes everything else on to `inner`."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self.playback: dict[str, Any] = {}
        self.status: str = VideoStatus.PROCESSING
        self.story: Sequence[TimelineEntry] | None = None
        """Instead of what happened."""
        self.grown: Callable[[], Growth | None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def video(self, video_id: str) -> tuple[Video, Sequence[Step]]:
        video, steps = await self._inner.video(video_id)
        video.playback, video.status = self.playback, self.status
        return video, steps

    async def growth(self, video_id: str) -> Growth | None:
        await self._inner.video(video_id)
        return self.grown()

    async def timeline(self, video_id: str) -> Sequence[TimelineEntry]:
        told = await self._inner.timeline(video_id)
        return told if self.story is None else self.story


def entry(topic: str, number: int = 0, *, kind: str = "event", run: int = 1, of: str = "") -> TimelineEntry:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    name = of or f"{topic} {number} {run}"
    return TimelineEntry(
        id=f"{name} {kind}",
        event_id=name,
        kind=kind,
        type=topic,
        version=1,
        run=run,
        stage="head",
        time=moment,
        published_at=moment,
        data={"number": number},
        note={},
    )
