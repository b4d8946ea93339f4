"""VideoTranscoded -> DownloadMade: one MP4 to keep, of the best rendition and the sound."""

from collections.abc import Sequence

from pipeline.events import DownloadMade, Event, VideoTranscoded
from pipeline.job import Job
from workers.media.download import Part, remux
from workers.media.footage import Footage, open_tree
from workers.media.hls import AUDIO
from workers.media.keeping import Output, keep


async def download(event: VideoTranscoded, job: Job) -> Sequence[Event]:
    """Needs twice the size of what it makes on the scratch disk."""
    tree = await open_tree(job.store, event.hls)
    video = await _whole(tree[event.renditions[0].name], "video", job) if event.renditions else None
    audio = await _whole(tree[AUDIO], "audio", job) if event.has_audio else None
    job.progress = 0.5
    made = job.scratch / ("video.mp4" if video else "sound.m4a")
    await remux(video, audio, made)
    job.progress = 0.8
    await keep(job, [Output(made.name, made, "video/mp4" if video else "audio/mp4")])
    job.progress = 1.0
    return [DownloadMade(download=job.key(made.name), size=made.stat().st_size)]


async def _whole(footage: Footage, name: str, job: Job) -> Part:
    segments = range(len(footage.playlist.segments))
    return Part(await footage.bring(segments, job.scratch / name), footage.playlist.duration)
