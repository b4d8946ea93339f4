"""The event catalogue: what can have happened to a video, typed and versioned."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.chunk_events import (
    ChunkGrew,
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    HeadRequested,
    Made,
    PlannedChunk,
    PlannedRendition,
    SoundRequested,
    VideoPlanned,
    VideoPlayable,
)
from pipeline.envelope import (
    CONTENT_TYPE,
    Envelope,
    Event,
    derived_id,
    first_envelope,
    next_envelope,
    upcaster,
)

__all__ = [
    "CONTENT_TYPE",
    "ChunkGrew",
    "ChunkRequested",
    "ChunkTranscoded",
    "ChunksCompleted",
    "DownloadMade",
    "Envelope",
    "Event",
    "HeadRequested",
    "Made",
    "MetadataExtracted",
    "PlannedChunk",
    "PlannedRendition",
    "PreviewMade",
    "Rendition",
    "SoundRequested",
    "StageFailed",
    "StoryboardMade",
    "ThumbnailGenerated",
    "UserNotified",
    "VideoPlanned",
    "VideoPlayable",
    "VideoTranscoded",
    "VideoUploaded",
    "derived_id",
    "first_envelope",
    "next_envelope",
    "upcaster",
]


class Rendition(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    width: int
    height: int
    bandwidth: int
    """Peak bits per second, audio included, as in the master playlist."""
    codecs: str


class VideoUploaded(Event):
    topic = "video.uploaded"

    source: str
    """Key of the uploaded file in the object store."""
    filename: str
    size: int
    """Bytes, as the store counts them."""
    content_type: str | None = None


class VideoTranscoded(Event):
    topic = "video.transcoded"

    source: str
    hls: str
    """Key of the master playlist."""
    duration: float
    """Seconds, measured over what was encoded."""
    renditions: tuple[Rendition, ...]
    has_video: bool = True
    has_audio: bool
    size: int
    """Bytes of everything that was made."""


class ThumbnailGenerated(Event):
    topic = "video.thumbnail_generated"

    source: str
    hls: str
    posters: dict[str, str] = Field(default_factory=dict)
    """Key of each picture by its name, such as `large.webp`; empty for a file without a picture."""


class MetadataExtracted(Event):
    topic = "video.metadata_extracted"

    hls: str
    metadata: dict[str, Any]


class UserNotified(Event):
    topic = "video.user_notified"

    delivered: bool
    """False when nobody asked to be told."""
    about: str
    """`ready` or `failed`."""


class StageFailed(Event):
    topic = "video.stage_failed"

    stage: str
    """The step that failed, as the status names it."""
    required: bool
    code: str
    message: str
    hint: str
    attempts: int


# --- side branches: what is also made, and nobody waits for ----------------------------------------------


class StoryboardMade(Event):
    topic = "video.storyboard_made"

    storyboard: str | None = None
    """Key of a WebVTT that names a picture for each span; None for a file without a picture."""


class PreviewMade(Event):
    topic = "video.preview_made"

    preview: str | None = None
    """Key of a short silent MP4; None for a file without a picture."""


class DownloadMade(Event):
    topic = "video.download_made"

    download: str
    """Key of one MP4 with all of the best rendition and the sound."""
    size: int
    """Bytes."""
