"""ThumbnailGenerated -> MetadataExtracted: what the source was, and what was made of it, in plain values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import sha256
from posixpath import dirname, normpath
from typing import Any

from pipeline.events import Event, MetadataExtracted, ThumbnailGenerated
from pipeline.job import Job
from pipeline.playlists import MediaPlaylist
from pipeline.ports import Store
from workers.media.accepted import check_size
from workers.media.endings import near
from workers.media.errors import OutputIncomplete
from workers.media.hls import AUDIO
from workers.media.places import tells_place
from workers.media.probe import believed, look
from workers.media.rates import steady_rate
from workers.media.source import Picture, Sound, Source, Stream
from workers.media.subtitles import tracks
from workers.media.verify import is_text, read_tree

_LOCATION = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
_CREATED = ("com.apple.quicktime.creationdate", "creation_time", "date_utc", "date")
_LONGEST_LOCATION = 200
"""Characters; ISO 6709 needs 40. A tag may hold megabytes, which no message can carry."""


async def metadata(event: ThumbnailGenerated, job: Job, *, keep_location: bool = False) -> Sequence[Event]:
    """Where it was filmed is told only if `keep_location` says so."""
    source = await look(job.store.locate(event.source))
    if not keep_location:
        source = replace(source, streams=tuple(_without_place(stream) for stream in source.streams))
    outputs, duration = await _outputs(event, job.store)
    told = {
        **_container(source, duration),
        "sha256": await _digest(event.source, source.size, job),
        "video": _video(source.video) if source.video else None,
        "audio": _audio(source.audio, source.audio_streams) if source.audio else None,
        "subtitles": _subtitles(source, outputs["subtitles"]),
        "streams": [asdict(stream) for stream in source.streams],
        "created_at": created_at(source),
        "outputs": outputs,
    }
    if keep_location and (
        location := next((source.tags[tag] for tag in _LOCATION if tag in source.tags), None)
    ):
        told["location"] = location[:_LONGEST_LOCATION]
    job.progress = 1.0
    return [MetadataExtracted(hls=event.hls, metadata=told)]


def _container(source: Source, duration: float) -> dict[str, Any]:
    declared = believed(source).duration
    short = declared is not None and duration < declared and not near(duration, declared)
    return {
        "container": source.container.split(",")[0],
        "duration": round(duration, 3),
        "declared_duration": source.duration,
        "cut_short": short,
        "size": source.size,
        "bit_rate": source.bit_rate,
    }


def _without_place(stream: Stream) -> Stream:
    return replace(stream, title=None) if tells_place(stream.title or "") else stream


def _video(picture: Picture) -> dict[str, Any]:
    return {
        "codec": picture.codec,
        "profile": picture.profile,
        "width": picture.width,
        "height": picture.height,
        "coded_width": picture.coded_width,
        "coded_height": picture.coded_height,
        "rotation": picture.rotation,
        "frame_rate": round(float(picture.average_rate or steady_rate(picture)), 3),
        "pixel_format": picture.pixel_format,
        "hdr": picture.colour.hdr,
        "interlaced": picture.interlaced,
        "bit_rate": picture.bit_rate,
    }


def _audio(sound: Sound, streams: int) -> dict[str, Any]:
    return {
        "codec": sound.codec,
        "profile": sound.profile,
        "channels": sound.channels,
        "layout": sound.layout,
        "sample_rate": sound.sample_rate,
        "bit_rate": sound.bit_rate,
        "language": sound.language,
        "streams": streams,
    }


def _subtitles(source: Source, made: Collection[str]) -> list[dict[str, Any]]:
    """Each with the rendition that it became; None where it holds pictures, nothing that is said, or where
    it was filmed."""
    became = {stream.index: name for name, stream in tracks(source).items() if name in made}
    return [
        {
            "index": stream.index,
            "codec": stream.codec,
            "language": stream.language,
            "title": stream.title,
            "forced": stream.forced,
            "rendition": became.get(stream.index),
        }
        for stream in source.streams
        if stream.type == "subtitle"
    ]


async def _outputs(event: ThumbnailGenerated, store: Store) -> tuple[dict[str, Any], float]:
    """What was made, and how long it plays."""
    playlists = await read_tree(store, event.hls)
    made = {
        "renditions": [name for name in playlists if name != AUDIO and not is_text(name)],
        "subtitles": [name for name in playlists if is_text(name)],
        "posters": sorted(event.posters),
        "segments": sum(len(playlist.segments) for playlist in playlists.values()),
        "bytes": await _bytes(event, playlists, store),
    }
    return made, max(one.duration for name, one in playlists.items() if not is_text(name))


async def _bytes(event: ThumbnailGenerated, playlists: Mapping[str, MediaPlaylist], store: Store) -> int:
    """Of what is shown; beside it lies what jobs that lost their fence had made. Raises OutputIncomplete."""
    root = dirname(event.hls)
    named = {
        normpath(f"{root}/{name}/{uri}")
        for name, one in playlists.items()
        for uri in (*([one.init] if one.init else []), *one.segments)
    }
    shown = named | set(event.posters.values())
    run = "/".join(event.hls.split("/")[:2])
    sizes = {info.key: info.size for info in await store.list(f"{run}/")}
    for key in sorted(shown):
        if not sizes.get(key):  # the video is ready after this: nobody looks again
            raise OutputIncomplete(f"{key} is missing or empty.")
    return sum(sizes[key] for key in shown)


def created_at(source: Source) -> str | None:
    """ISO 8601 in UTC, of the first tag that can be read; cameras write all kinds of things."""
    for tag in _CREATED:
        try:
            when = datetime.fromisoformat(source.tags.get(tag, ""))
            when = when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):  # the latter where UTC is in the year 0 or 10000
            continue
        if when.year > 1970:  # not a clock that was never set
            return when.isoformat()
    return None


async def _digest(key: str, size: int, job: Job) -> str:
    """SHA-256 of the source, a block at a time. Raises SourceChanged."""
    digest, done = sha256(), 0
    async for block in job.store.read(key):
        digest.update(block)
        done += len(block)
        job.progress = 0.95 * done / max(size, 1)
    check_size(done, job.video.size)
    return digest.hexdigest()
