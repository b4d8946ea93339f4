"""The API's JSON shapes. They are promises: the page, the CLI and other people's programs read them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.api_settings import Origin


class Problem(BaseModel):
    """RFC 9457, with a stable `code`, a next step and the trace id to look for in the log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    trace_id: str
    instance: str


class ErrorOut(BaseModel):
    code: str
    message: str
    hint: str


class StepOut(BaseModel):
    name: str
    state: Literal["waiting", "running", "retrying", "done", "failed", "cancelled"]
    progress: float = Field(ge=0, le=1)
    attempts: int
    started: datetime | None
    finished: datetime | None
    error: ErrorOut | None


class Playback(BaseModel):
    hls: str | None
    """Master playlist of all that was made; once it is there, the best to play."""
    live: str | None
    """Master playlist of one quality that grows while the others are made."""
    original: str | None
    """The upload itself, where browsers play it as it is; with byte ranges."""
    original_type: str | None
    poster: str | None
    posters: dict[str, str]
    storyboard: str | None
    """WebVTT that names a picture for each span."""
    preview: str | None
    """A short silent MP4."""
    download: str | None
    """One MP4 with all of the best quality."""


class VideoLinks(BaseModel):
    self: str
    events: str
    page: str


class VideoOut(BaseModel):
    id: str
    status: Literal["uploading", "processing", "ready", "failed", "cancelled"]
    progress: float = Field(ge=0, le=1)
    playable: bool
    """It can be watched now, by what `playback` names; `ready` says that all is made."""
    title: str | None
    filename: str
    size: int | None
    content_type: str | None
    created_at: datetime
    updated_at: datetime
    playable_at: datetime | None
    ready_at: datetime | None
    steps: list[StepOut]
    error: ErrorOut | None
    playback: Playback | None
    metadata: dict[str, Any] | None
    trace_id: str | None
    """What every log line about it has, from its upload on; none of a video from before this was kept."""
    links: VideoLinks


class Renaming(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(description="At most 300 characters; null or empty for none.")


class VideoPage(BaseModel):
    items: list[VideoOut]
    next: str | None


class EventOut(BaseModel):
    id: str
    event_id: str
    kind: str
    type: str
    version: int
    run: int
    stage: str | None
    time: datetime
    published: bool
    published_at: datetime | None
    data: dict[str, Any]
    note: dict[str, str]


class ChunkCounts(BaseModel):
    """What the events of single chunks come to; their retries and dead letters are items of their own."""

    requested: int
    done: int


class Timeline(BaseModel):
    items: list[EventOut]
    chunks: ChunkCounts


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "unavailable"]
    parts: dict[str, Literal["ready", "away"]]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class NewDirectUpload(BaseModel):
    filename: str = Field(max_length=1000)
    size: int = Field(ge=1, lt=2**63)
    """Bytes of the file; the parts must come to as many."""
    content_type: str | None = None
    title: str | None = None
    notify_url: str | None = None
    """Told when the video is ready or failed."""


class PartOut(BaseModel):
    number: int
    size: int
    """Bytes that belong into it."""
    url: str
    """For one PUT, within an hour."""


class DirectUploadParts(BaseModel):
    parts: list[PartOut]


class DirectUploadOut(DirectUploadParts):
    """`parts` has the first hundred; ask for the others when they are needed."""

    video_id: str
    part_bytes: int
    part_count: int
    expires_at: datetime


class PartsDone(BaseModel):
    etags: list[str] = Field(min_length=1, max_length=10_000)
    """What the store answered to each part, in order."""


class NewUploadLink(BaseModel):
    """What the one upload of a link may be, and what is said of it beforehand."""

    max_bytes: int | None = Field(default=None, ge=1, lt=2**63)
    """Largest file; the server's own limit when not given."""
    expires_in: int = Field(default=3600, ge=1, le=7 * 24 * 3600)
    """Seconds within which the upload must begin; it may take longer."""
    filename: str | None = Field(default=None, max_length=1000)
    """Instead of what the browser says."""
    title: str | None = None
    """Instead of what the browser says."""
    notify_url: str | None = None
    """Told when the video is ready or failed."""
    origin: Origin | None = None
    """The site whose page uses the link, such as `https://app.example.com`; none for a page of this server, a
    program, or any site of REELMILL_API__CORS_ORIGINS."""


class UploadLinkOut(BaseModel):
    url: str
    """A tus creation address. Whoever has it can begin the upload: hand it to one browser."""
    video_id: str
    """Of the video that the upload becomes; it is there once the upload has begun."""
    expires_at: datetime


class OEmbed(BaseModel):
    """oEmbed 1.0, of type `video`."""

    version: Literal["1.0"] = "1.0"
    type: Literal["video"] = "video"
    title: str
    provider_name: Literal["Reelmill"] = "Reelmill"
    provider_url: str
    html: str
    width: int
    height: int
