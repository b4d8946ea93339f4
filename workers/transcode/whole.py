"""VideoUploaded -> VideoTranscoded: makes an HLS ladder of the upload, and reads it back before saying so."""

from collections.abc import Sequence

from pipeline.events import Event, Rendition, VideoTranscoded, VideoUploaded
from pipeline.job import Job
from pipeline.playlists import Track
from workers.media.delivery import MASTER, deliver
from workers.media.encode import encode
from workers.media.endings import check_endings
from workers.media.hls import Recipe
from workers.media.ladder import plan
from workers.media.probe import probe
from workers.media.rates import steady_rate
from workers.media.sending import Sending
from workers.media.source import Source
from workers.media.together import together
from workers.media.verify import verify

_FOLDER = "hls"
_ENCODED = 0.97
"""Progress when the last frame is encoded; what is left takes a second."""


async def transcode(event: VideoUploaded, job: Job) -> Sequence[Event]:
    """Raises one of media/errors.py, permanent for what is wrong with the file."""
    recipe = _recipe(await probe(job.store, event.source))
    location, master = job.store.locate(event.source), job.key(f"{_FOLDER}/{MASTER}")
    sending = Sending(job, job.scratch / _FOLDER, _FOLDER)
    stderr = await _encode_and_send(recipe, location, sending)
    videos, audio = await deliver(sending, recipe, stderr)
    tree = await verify(job.store, master, recipe, sending.sent)
    check_endings(tree, recipe, stderr)
    job.progress = 1.0
    return [
        VideoTranscoded(
            source=event.source,
            hls=master,
            duration=tree.duration,
            renditions=tuple(
                _rendition(name, track, audio) for name, track in zip(recipe.names, videos, strict=False)
            ),
            has_video=bool(videos),
            has_audio=audio is not None,
            size=tree.size,
        )
    ]


def _recipe(source: Source) -> Recipe:
    picture = source.video
    return Recipe(source, plan(picture.width, picture.height, steady_rate(picture)) if picture else ())


async def _encode_and_send(recipe: Recipe, location: str, sending: Sending) -> str:
    said: list[str] = []

    def tell(seconds: float) -> None:
        sending.job.progress = min(1.0, seconds / (recipe.source.duration or 1)) * _ENCODED

    async def work() -> None:
        said.append(await encode(recipe.whole, location, sending.folder, tell))
        sending.finish()

    await together([work(), sending.follow()])
    return said[0]


def _rendition(name: str, track: Track, audio: Track | None) -> Rendition:
    rates = track.rates + audio.rates if audio else track.rates
    codecs = f"{track.codec},{audio.codec}" if audio else track.codec
    return Rendition(name=name, width=track.width, height=track.height, bandwidth=rates.peak, codecs=codecs)
