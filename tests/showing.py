"""A ledger that shows of its videos what a test says: what of them plays, and by which chunks they grow."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline.changes import Changed
from pipeline.chunks import OF_ONE, Growth
from pipeline.events import ChunkTranscoded
from pipeline.ledger import ChunkCount, Ledger, TimelineEntry
from pipeline.video import Step, Video, VideoStatus

TOPICS = {event.topic for event in OF_ONE}


class Showing:
    """Passes everything else on to `inner`."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self.playback: dict[str, Any] = {}
        self.status: str = VideoStatus.PROCESSING
        self.story: Sequence[TimelineEntry] | None = None
        """Instead of what happened."""
        self._asked: set[str] = set()
        self.grown: Callable[[], Growth | None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def video(self, video_id: str) -> tuple[Video, Sequence[Step]]:
        video, steps = await self._inner.video(video_id)
        self._asked.add(video_id)
        return self._shown(video), steps

    async def changed(self, since: datetime | None) -> Changed:
        told = await self._inner.changed(since)
        return Changed(told.ids | self._asked, told.mark)

    async def videos(self, ids: Collection[str]) -> Sequence[tuple[Video, Sequence[Step]]]:
        return [(self._shown(video), steps) for video, steps in await self._inner.videos(ids)]

    def _shown(self, video: Video) -> Video:
        video.playback, video.status = self.playback, self.status
        return video

    async def growth(self, video_id: str, *, of: str | None = None) -> Growth | None:
        await self._inner.video(video_id)
        return self.grown()

    async def timeline(self, video_id: str, *, chunks: bool = True) -> Sequence[TimelineEntry]:
        told = await self._inner.timeline(video_id, chunks=chunks)
        if self.story is None:
            return told
        return [one for one in self.story if chunks or one.type not in TOPICS or one.kind != "event"]

    async def chunk_count(self, video_id: str) -> ChunkCount:
        if self.story is None:
            return await self._inner.chunk_count(video_id)
        told = [one.type for one in self.story if one.kind == "event"]
        done = told.count(ChunkTranscoded.topic)
        return ChunkCount(sum(topic.endswith("_requested") for topic in told), done)


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
