"""ChunksCompleted -> VideoTranscoded: writes the playlists over what the chunks made, once it is proved to be
there."""

from collections.abc import Sequence
from posixpath import dirname

from pipeline.events import ChunksCompleted, Event, Rendition, VideoTranscoded
from pipeline.job import Job
from pipeline.playlists import BitRates, Track, bit_rates
from workers.media.delivery import deliver
from workers.media.endings import check_endings
from workers.media.recipe import recipe_from
from workers.media.verify import Tree, assemble, check_stored


async def join(event: ChunksCompleted, job: Job) -> Sequence[Event]:
    """Raises OutputIncomplete for what is missing, short or uneven."""
    growth = await job.growth()
    tree = assemble(growth)
    await check_stored(job.store, f"{dirname(job.prefix.rstrip('/'))}/", tree, growth)
    check_endings(tree, recipe_from(event.recipe), "")
    job.progress = 0.5
    master, videos = await deliver(job, tree, growth.plan)
    job.progress = 1.0
    return [
        VideoTranscoded(
            source=job.video.source,
            hls=master,
            duration=tree.duration,
            renditions=tuple(
                _rendition(one.name, video, tree) for one, video in zip(tree.videos, videos, strict=True)
            ),
            has_video=bool(videos),
            has_audio=tree.audio is not None,
            size=tree.size,
        )
    ]


def _rendition(name: str, track: Track, tree: Tree) -> Rendition:
    sound = tree.audio
    rates = track.rates + (bit_rates(sound.playlist, sound.sizes) if sound else BitRates(0, 0))
    codecs = f"{track.codec},{sound.codec}" if sound else track.codec
    return Rendition(name=name, width=track.width, height=track.height, bandwidth=rates.peak, codecs=codecs)
