"""Copies a source into a container with an index, so that every chunk of it can be reached by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from pipeline.errors import Permanent, Transient
from workers.media.allowed import guarded_input
from workers.media.endings import near
from workers.media.faults import explain
from workers.media.pace import Pace
from workers.media.probe import look, scan
from workers.media.process import ToolFailed, watch
from workers.media.shape import Shape
from workers.media.source import Picture, Source
from workers.media.subtitles import tracks

log = structlog.get_logger()

_PATIENCE = timedelta(minutes=1)
"""Without a packet: it is bound by reading alone."""
_LINES = 2
"""How far the size as shown may be off: containers write the shape of pixels in different ways."""


def suffix(shape: Shape) -> str:
    """MP4 keeps what an MP4 can hold, the turn of its picture with it; Matroska takes everything else."""
    return "mp4" if shape.kind == "mp4" else "mkv"


async def remux(source: Source, location: str, file: Path) -> Source | None:
    """Writes to `file` what is shown of `source`. Returns the source as it is there; None when something was
    lost on the way, as with codecs that the container does not take: the original is then read in one go.
    Raises what is not the file's fault, such as a disk without room for the copy.
    """
    try:
        await watch(_command(source, location, file), Pace().hear, patience=_PATIENCE)
        copied = await scan(await look(str(file)), str(file))
    except ToolFailed as failure:
        if isinstance(problem := explain(failure), Transient):  # it says nothing of what the container takes
            raise problem from failure
        log.info("not_remuxed", why=str(failure))
        return None
    except Permanent as problem:
        log.info("not_remuxed", why=str(problem))
        return None
    if not _same(source, copied):
        log.info("not_remuxed", why="what came out is not what went in")
        return None
    return _moved(source, copied)


def _command(source: Source, location: str, file: Path) -> list[str]:
    opened = guarded_input(location)
    options = [word for name, value in opened.options.items() for word in (f"-{name}", value)]
    shown = [stream.index for stream in (source.video, source.audio) if stream is not None]
    texts = [stream.index for stream in tracks(source).values()]
    maps = [word for index in (*shown, *texts) for word in ("-map", f"0:{index}")]
    start = ["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", "-progress", "pipe:1"]
    # Some containers give no time for pictures that are shown out of order.
    opening = ["-fflags", "+genpts", *options, "-i", opened.url]
    return [*start, *opening, *maps, "-c", "copy", *_kept(source, [*shown, *texts]), f"file:{file}"]


def _kept(source: Source, indices: Sequence[int]) -> list[str]:
    """Of what the file says of itself, the streams' names alone: not where and by whom it was filmed. How a
    picture is turned is no such tag and stays."""
    named = {stream.index: {"language": stream.language, "title": stream.title} for stream in source.streams}
    words = ["-map_metadata", "-1", "-map_chapters", "-1"]
    for number, index in enumerate(indices):
        for name, value in named.get(index, {}).items():
            words += [f"-metadata:s:{number}", f"{name}={value}"] if value else []
    return words


def _same(source: Source, copied: Source) -> bool:
    if (source.audio is None, len(tracks(source))) != (copied.audio is None, len(tracks(copied))):
        return False
    if not near(copied.duration or 0, source.duration or 0):
        return False
    if source.video is None or copied.video is None:
        return source.video is copied.video
    return _shown_alike(source.video, copied.video)


def _shown_alike(one: Picture, other: Picture) -> bool:
    sizes = abs(one.width - other.width) <= _LINES and abs(one.height - other.height) <= _LINES
    return sizes and one.rotation == other.rotation and one.pixel_format == other.pixel_format


def _moved(source: Source, copied: Source) -> Source:
    """Where things are is as in the copy; what the picture is, as in the original, whose clock is finer."""
    video, audio = source.video, source.audio
    if video and copied.video:
        video = replace(video, index=copied.video.index, begins=copied.video.begins, ends=copied.video.ends)
    if audio and copied.audio:
        audio = replace(audio, index=copied.audio.index, begins=copied.audio.begins, ends=copied.audio.ends)
    return replace(copied, video=video, audio=audio, tags=source.tags, cut_short=source.cut_short)
