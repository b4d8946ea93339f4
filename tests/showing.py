"""A ledger that shows of its videos what a test says: what of them plays, and by which chunks they grow."""

from collections.abc import Callable, Sequence
from typing import Any

from pipeline.chunks import Growth
from pipeline.ledger import Ledger
from pipeline.video import Step, Video, VideoStatus


class Showing:
    """Passes everything else on to `inner`."""

    def __init__(self, inner: Ledger) -> None:
        self._inner = inner
        self.playback: dict[str, Any] = {}
        self.status: str = VideoStatus.PROCESSING
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
