"""Runs the encode of a source, tells how far it is, and says what it means when it fails."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from workers.media.allowed import guarded_input
from workers.media.faults import explain
from workers.media.hls import command
from workers.media.pace import Pace
from workers.media.process import ANYWHERE, Place, ToolFailed, capture, watch
from workers.media.recipe import Part
from workers.media.subtitles import SubtitlesFailed, failed

_PATIENCE = timedelta(minutes=2)
"""Without a frame: the first of an 8K HDR source on a busy machine takes half a minute."""
_DECODING = 2
"""Seconds that it may take to decode one: 4K at 60 frames a second, on a machine that others use as well."""


async def encode(
    part: Part, location: str, folder: Path, tell: Callable[[float], None], place: Place = ANYWHERE
) -> str:
    """Writes every rendition below `folder`, tells the seconds done, returns the tail of stderr.

    Raises one of media/errors.py, or SubtitlesFailed where it may do without them.
    """
    for name in part.names:
        (folder / name).mkdir(parents=True)
    picture = part.recipe.source.video if part.rungs else None
    zscale = picture is not None and picture.colour.wide and await _has_zscale()
    asked = command(part, guarded_input(location), Path(), zscale=zscale)
    patience = _PATIENCE + timedelta(seconds=part.unheard * _DECODING)
    pace = Pace(lambda seconds: tell(seconds - float(part.starts)))
    try:
        return await watch(asked, pace.hear, patience=patience, folder=folder, place=place)
    except ToolFailed as failure:
        if part.subtitles and failed(failure.stderr):
            raise SubtitlesFailed from failure
        raise explain(failure) from failure


async def _has_zscale() -> bool:
    filters, _ = await capture(["ffmpeg", "-hide_banner", "-filters"], within=timedelta(seconds=20))
    return b" zscale " in filters
