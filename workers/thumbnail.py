"""VideoTranscoded -> ThumbnailGenerated: a poster, cut from the renditions.

They are upright, in screen colours, and known to decode; the source may be none of it, and far away.
"""

from collections.abc import Sequence

from pipeline.events import Event, Rendition, ThumbnailGenerated, VideoTranscoded
from pipeline.job import Job
from workers.media.errors import OutputIncomplete
from workers.media.footage import Footage, open_tree
from workers.media.keeping import Output, keep
from workers.media.poster import Candidate, candidates, cut, spread
from workers.media.stills import check_still
from workers.media.together import together

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
    tree = await open_tree(job.store, event.hls)
    smallest, fitting = event.renditions[-1], _fitting(event.renditions)
    segment, number = await _best(smallest.name, tree[smallest.name], job)
    clip = await tree[fitting.name].bring([segment], job.scratch / f"{fitting.name}-{segment}.mp4")
    pictures = await cut(clip, number, job.scratch)
    await keep(job, [Output(one.name, check_still(one), _TYPES[one.suffix]) for one in pictures])
    return {one.name: job.key(one.name) for one in pictures}


async def _best(name: str, footage: Footage, job: Job) -> tuple[int, int]:
    """The segment and the picture in it; the renditions are cut at the same times."""
    found: list[Candidate] = []

    async def look(segment: int) -> None:
        clip = await footage.bring([segment], job.scratch / f"{name}-{segment}.mp4")
        found.extend(await candidates(clip, segment))
        job.progress += 0.8 / _LOOKS

    await together(look(segment) for segment in spread(len(footage.playlist.segments), _LOOKS))
    if not found:
        raise OutputIncomplete(f"{name} holds no picture.")
    best = max(found, key=lambda candidate: candidate.score)
    return best.segment, best.number


def _fitting(renditions: Sequence[Rendition]) -> Rendition:
    """The smallest that is large enough."""
    enough = [one for one in renditions if max(one.width, one.height) >= _ENOUGH_WIDTH]
    return enough[-1] if enough else renditions[0]
