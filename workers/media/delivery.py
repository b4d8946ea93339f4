"""Writes the playlists that make segments of many chunks one video, and reads them back."""

from dataclasses import replace
from fractions import Fraction
from posixpath import dirname, relpath

from pipeline.events import VideoPlanned
from pipeline.failpoints import reach
from pipeline.job import Job
from pipeline.playlists import CONTENT_TYPE, BitRates, Track, bit_rates, write_master, write_media
from workers.media.errors import OutputIncomplete
from workers.media.together import together
from workers.media.verify import Rendition, Tree, read_tree

PLAYLIST = "index.m3u8"
_MASTER = "hls/master.m3u8"


async def deliver(job: Job, tree: Tree, plan: VideoPlanned) -> tuple[str, list[Track]]:
    """Sends the playlists, the master last: whoever finds it finds everything. Returns its key, and the
    videos as it tells of them. Raises OutputIncomplete when they do not read back as they were written."""
    written = {name: _relative(job, one) for name, one in tree.renditions.items()}
    await together(
        job.store.put(_key(job, name), write_media(one.playlist).encode(), CONTENT_TYPE)
        for name, one in written.items()
    )
    videos = [_video(one, plan) for one in tree.videos]
    audio = _track(tree.audio, bit_rates(tree.audio.playlist, tree.audio.sizes)) if tree.audio else None
    subtitles = [_track(one, BitRates(0, 0)) for one in tree.subtitles]
    master = job.key(_MASTER)
    reach("master.before")
    await job.store.put(master, write_master(videos, audio, subtitles).encode(), CONTENT_TYPE)
    if await read_tree(job.store, master) != {name: one.playlist for name, one in written.items()}:
        raise OutputIncomplete("The playlists do not read back as they were written.")
    return master, videos


def _key(job: Job, name: str) -> str:
    return job.key(f"hls/{name}/{PLAYLIST}")


def _relative(job: Job, rendition: Rendition) -> Rendition:
    """Its segments named from where its playlist lies: they are where their chunks left them. Times are
    rounded to what a playlist can say."""
    folder, playlist = dirname(_key(job, rendition.name)), rendition.playlist
    return replace(
        rendition,
        playlist=replace(
            playlist,
            init=relpath(playlist.init, folder) if playlist.init else None,
            segments=tuple(relpath(key, folder) for key in playlist.segments),
            seconds=tuple(round(seconds, 6) for seconds in playlist.seconds),
        ),
    )


def _video(rendition: Rendition, plan: VideoPlanned) -> Track:
    planned = next(one for one in plan.renditions if one.name == rendition.name)
    track = _track(rendition, bit_rates(rendition.playlist, rendition.sizes))
    return replace(track, width=planned.width, height=planned.height, frame_rate=Fraction(planned.rate))


def _track(rendition: Rendition, rates: BitRates) -> Track:
    return Track(
        f"{rendition.name}/{PLAYLIST}",
        rendition.codec,
        rates,
        language=rendition.language,
        title=rendition.title,
        default=rendition.default,
        forced=rendition.forced,
    )
