"""VideoTranscoded -> PreviewMade: a short silent clip, from a few segments of a small rendition."""

from collections.abc import Sequence

from pipeline.events import Event, PreviewMade, Rendition, VideoTranscoded
from pipeline.job import Job
from workers.media.footage import open_tree
from workers.media.keeping import Output, keep
from workers.media.preview import chosen, cut

_ENOUGH = 480
"""Pixels of the longer side from which a preview is cut, that is what it is scaled to."""


async def preview(event: VideoTranscoded, job: Job) -> Sequence[Event]:
    """Sound alone has none, and that is no failure."""
    key = await _preview(event, job) if event.renditions else None
    job.progress = 1.0
    return [PreviewMade(preview=key)]


async def _preview(event: VideoTranscoded, job: Job) -> str:
    footage = (await open_tree(job.store, event.hls))[_fitting(event.renditions).name]
    clips = [
        await footage.bring([segment], job.scratch / f"{segment}.mp4")
        for segment in chosen(len(footage.playlist.segments))
    ]
    job.progress = 0.5
    made = job.scratch / "preview.mp4"
    await cut(clips, made)
    await keep(job, [Output(made.name, made, "video/mp4")])
    return job.key(made.name)


def _fitting(renditions: Sequence[Rendition]) -> Rendition:
    """The smallest that is large enough."""
    enough = [one for one in renditions if max(one.width, one.height) >= _ENOUGH]
    return enough[-1] if enough else renditions[0]
