"""VideoTranscoded -> ThumbnailGenerated: a poster, cut from the renditions.

They are upright, in screen colours, and known to decode; the source may be none of it, and far away.
"""

from collections.abc import Sequence
from pathlib import Path
from posixpath import dirname

from pipeline.events import Event, Rendition, ThumbnailGenerated, VideoTranscoded
from pipeline.job import Job
from pipeline.playlists import MediaPlaylist
from pipeline.ports import Store
from workers.media.errors import OutputIncomplete
from workers.media.poster import Candidate, candidates, cut, spread
from workers.media.together import together
from workers.media.verify import read_tree

_LOOKS = 6
"""Segments looked into, a few kilobytes each of the smallest rendition."""
_ENOUGH_WIDTH = 1280
_TYPES = {".webp": "image/webp", ".jpg": "image/jpeg"}


async def thumbnail(event: VideoTranscoded, job: Job) -> Sequence[Event]:
    """Sound alone has no poster, and that is no failure."""
    posters = await _posters(event, job) if event.renditions else {}
    job.progress = 1.0
    return [ThumbnailGenerated(source=event.source, hls=event.hls, posters=posters)]


async def _posters(event: VideoTranscoded, job: Job) -> dict[str, str]:
    playlists = await read_tree(job.store, event.hls)
    smallest, fitting = event.renditions[-1], _fitting(event.renditions)
    segment, number = await _best(event, smallest, playlists[smallest.name], job)
    clip = await _fetched(job.store, event, fitting, playlists[fitting.name], segment, job.scratch)
    pictures = await cut(clip, number, job.scratch)
    await together(job.store.put(job.key(one.name), one, _TYPES[one.suffix]) for one in pictures)
    return {one.name: job.key(one.name) for one in pictures}


async def _best(
    event: VideoTranscoded, rendition: Rendition, playlist: MediaPlaylist, job: Job
) -> tuple[int, int]:
    """The segment and the picture in it; the renditions are cut at the same times."""
    found: list[Candidate] = []

    async def look(segment: int) -> None:
        clip = await _fetched(job.store, event, rendition, playlist, segment, job.scratch)
        found.extend(await candidates(clip, segment))
        job.progress += 0.8 / _LOOKS

    await together(look(segment) for segment in spread(len(playlist.segments), _LOOKS))
    if not found:
        raise OutputIncomplete(f"{rendition.name} holds no picture.")
    best = max(found, key=lambda candidate: candidate.score)
    return best.segment, best.number


def _fitting(renditions: Sequence[Rendition]) -> Rendition:
    """The smallest that is large enough."""
    enough = [one for one in renditions if max(one.width, one.height) >= _ENOUGH_WIDTH]
    return enough[-1] if enough else renditions[0]


async def _fetched(
    store: Store,
    event: VideoTranscoded,
    rendition: Rendition,
    playlist: MediaPlaylist,
    segment: int,
    folder: Path,
) -> Path:
    """A segment behind its init segment: an MP4 by itself."""
    clip = folder / f"{rendition.name}-{segment}.mp4"
    with clip.open("wb") as file:
        for name in filter(None, (playlist.init, playlist.segments[segment])):
            async for block in store.read(f"{dirname(event.hls)}/{rendition.name}/{name}"):
                file.write(block)
    return clip
