"""Runs the encode of a source, tells how far it is, and says what it means when it fails."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from workers.media.allowed import guarded_input
from workers.media.faults import explain
from workers.media.hls import Recipe, command
from workers.media.process import ToolFailed, capture, watch

_PATIENCE = timedelta(minutes=2)
"""Without a frame: the first of an 8K HDR source on a busy machine takes half a minute."""


async def encode(recipe: Recipe, location: str, folder: Path, tell: Callable[[float], None]) -> str:
    """Writes every rendition below `folder`, tells the seconds done, returns the tail of stderr."""
    for name in recipe.names:
        (folder / name).mkdir(parents=True)
    zscale = recipe.source.video is not None and recipe.source.video.colour.wide and await _has_zscale()
    asked = command(recipe, guarded_input(location), Path(), zscale=zscale)
    try:
        return await watch(asked, _Pace(tell).hear, patience=_PATIENCE, folder=folder)
    except ToolFailed as failure:
        raise explain(failure) from failure


class _Pace:
    """Reads what `-progress` writes."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._rest = b""
        self._furthest = -1

    def hear(self, block: bytes) -> bool:
        """Whether any rendition has become longer."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        before = self._furthest
        for line in lines:
            name, _, value = line.partition(b"=")
            if name == b"out_time_us" and value.strip().isdigit():
                self._furthest = max(self._furthest, int(value))
        if self._furthest > before:
            self._tell(self._furthest / 1_000_000)
        return self._furthest > before


async def _has_zscale() -> bool:
    filters, _ = await capture(["ffmpeg", "-hide_banner", "-filters"], within=timedelta(seconds=20))
    return b" zscale " in filters
