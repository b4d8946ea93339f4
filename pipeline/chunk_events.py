"""The part of the event catalogue that tells how a video is transcoded in chunks, by many workers."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.envelope import Event


class PlannedRendition(BaseModel):
    """A video rendition as it is meant to be, for a playlist that is written before all of it is made."""

    model_config = ConfigDict(frozen=True)

    name: str
    width: int
    height: int
    rate: str
    """Frames a second, as a fraction such as `30000/1001`."""
    max_bit_rate: int


class PlannedChunk(BaseModel):
    """A part of the work that one worker does alone. Its bounds count whole segments of the video."""

    model_config = ConfigDict(frozen=True)

    queue: str
    """`head`, `sound` or `tail`: who takes it."""
    track: str
    """`lead`, `rest`, `all` or `sound`: chunks of one track follow each other without a gap."""
    first: int
    """Its first segment; segments are numbered from 0 over the whole video."""
    until: int | None
    """The segment after its last; None for whatever there is to the end."""
    renditions: tuple[str, ...]
    """Folders that come out: names of video renditions, `audio`, `subtitles-<n>`."""
    weight: float
    """Its share of the encode, relative to the other chunks': seconds times what a second costs."""


class VideoPlanned(Event):
    topic = "video.planned"

    source: str
    """Key of what is encoded: the upload, or what it was remuxed to."""
    recipe: dict[str, Any]
    """What the media workers need to know of the source and the ladder; opaque to everybody else."""
    segment: str
    """Seconds of a segment, as a fraction such as `1001/250`."""
    duration: float | None
    lead: str | None
    """The rendition that is playable first, in chunks of its own; None where all are made together."""
    audio: bool
    renditions: tuple[PlannedRendition, ...]
    chunks: tuple[PlannedChunk, ...]
    """In the order in which they are to be worked on."""


class VideoPlayable(Event):
    """From now on it can be watched, though not all of it is transcoded."""

    topic = "video.playable"

    by: str
    """`original`: the upload itself, by range requests; `lead`: one rendition in a playlist that grows."""
    original: str | None = None
    """Key of the upload."""
    content_type: str | None = None
    """Of the original: `video/mp4` or `video/webm`."""


class ChunkRequested(Event):
    """Of the middle or the end of a video; `HeadRequested` and `SoundRequested` have queues of their own."""

    topic = "video.chunk_requested"

    source: str
    number: int
    """Among the video's chunks."""
    track: str
    first: int
    until: int | None
    renditions: tuple[str, ...]
    recipe: dict[str, Any]


class HeadRequested(ChunkRequested):
    """What somebody waits for: the head of a video, or all of a short one."""

    topic = "video.head_requested"


class SoundRequested(ChunkRequested):
    """The sound and the subtitles of a whole video; light, and published as it grows."""

    topic = "video.sound_requested"


class Made(BaseModel):
    """What a chunk made of one rendition, below its prefix as `<name>/init.mp4` and `<name>/00012.m4s`."""

    model_config = ConfigDict(frozen=True)

    name: str
    codec: str
    init: str
    """SHA-256 of the init segment: the same in every chunk."""
    frames: tuple[int, ...]
    """Of each segment in order; samples of 1/90000 s for subtitles."""
    sizes: tuple[int, ...]
    """Bytes of each."""
    short: int = 0
    """Samples of 1/48000 s that its last frame of sound lacks: sound ends where it ends."""
    language: str | None = None
    title: str | None = None
    """What the file calls it, such as `English for the hard of hearing`."""
    default: bool = False
    """Of subtitles: whether they are meant to be shown unasked."""
    forced: bool = False
    """Of subtitles: whether they only translate what is not in the language of the sound."""


class ChunkTranscoded(Event):
    topic = "video.chunk_transcoded"

    number: int
    track: str
    first: int
    prefix: str
    """Key prefix of its outputs."""
    made: tuple[Made, ...]
    took: float
    """Seconds of wall time."""


class ChunkGrew(ChunkTranscoded):
    """Said before the end: `made` is what is whole and in the store by now."""

    topic = "video.chunk_grew"


class ChunksCompleted(Event):
    """Every chunk is in the store: what is left is to write the playlists."""

    topic = "video.chunks_completed"

    source: str
    recipe: dict[str, Any]
