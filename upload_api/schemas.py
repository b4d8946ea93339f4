"""The API's JSON shapes. They are promises: the page, the CLI and other people's programs read them."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


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
    poster: str | None
    posters: dict[str, str]


class VideoLinks(BaseModel):
    self: str
    events: str
    page: str


class VideoOut(BaseModel):
    id: str
    status: Literal["uploading", "processing", "ready", "failed", "cancelled"]
    progress: float = Field(ge=0, le=1)
    title: str | None
    filename: str
    size: int | None
    content_type: str | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None
    steps: list[StepOut]
    error: ErrorOut | None
    playback: Playback | None
    metadata: dict[str, Any] | None
    links: VideoLinks


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


class Timeline(BaseModel):
    items: list[EventOut]


class DeadLetterOut(BaseModel):
    stage: str
    event_id: str
    type: str
    video_id: str | None
    code: str
    message: str
    hint: str
    reason: str
    attempts: int
    crashes: int
    died_at: datetime


class DeadLetterWhole(DeadLetterOut):
    body: Any
    """JSON where the message is JSON, else text."""
    headers: dict[str, str]


class DeadLetterList(BaseModel):
    items: list[DeadLetterOut]


class Replayed(BaseModel):
    replayed: bool
    """False for a letter that was replayed before."""


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "unavailable"]
    parts: dict[str, Literal["ready", "away"]]


class Health(BaseModel):
    status: Literal["ok"] = "ok"
