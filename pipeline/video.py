"""Video and Step, the rows that a status shows, with their states and which may follow which."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, BigInteger, Column, DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from pipeline.errors import IllegalTransition


class VideoStatus(StrEnum):
    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_VIDEO_MOVES: dict[VideoStatus, set[VideoStatus]] = {
    VideoStatus.UPLOADING: {VideoStatus.PROCESSING},
    VideoStatus.PROCESSING: {VideoStatus.READY, VideoStatus.FAILED, VideoStatus.CANCELLED},
    VideoStatus.READY: set(),
    VideoStatus.FAILED: {VideoStatus.PROCESSING, VideoStatus.CANCELLED},
    VideoStatus.CANCELLED: set(),
}
_STEP_MOVES: dict[StepState, set[StepState]] = {
    StepState.WAITING: {StepState.RUNNING, StepState.FAILED, StepState.CANCELLED},
    StepState.RUNNING: {
        StepState.RUNNING,  # a crashed worker's job, taken over
        StepState.WAITING,  # handed back by a worker that was told to stop
        StepState.RETRYING,
        StepState.DONE,
        StepState.FAILED,
        StepState.CANCELLED,
    },
    StepState.RETRYING: {StepState.RUNNING, StepState.FAILED, StepState.CANCELLED},
    StepState.DONE: {StepState.RUNNING},  # another event for the same stage: a notice after a replay
    StepState.FAILED: {StepState.WAITING, StepState.RUNNING, StepState.CANCELLED},
    StepState.CANCELLED: set(),
}


def runnable() -> set[StepState]:
    """The states from which a step begins to run, or goes on with it."""
    return {state for state, moves in _STEP_MOVES.items() if StepState.RUNNING in moves}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC on every database: SQLite keeps no zone, so it is put back on reading, and PostgreSQL
    tells it in its session's zone, which is of another kind even where that is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(*, nullable: bool = True, index: bool = False) -> Any:
    """A field that holds a moment in UTC."""
    return Field(default=None, sa_type=UtcDateTime, nullable=nullable, index=index)


class Video(SQLModel, table=True):
    id: str = Field(default_factory=lambda: str(uuid4()), primary_key=True)
    status: str = VideoStatus.UPLOADING
    run: int = 1
    """Raised by a restart from the source; events of an older run are dropped."""
    fences: int = 0
    """How many fence tokens were given out for this video."""
    title: str | None = None
    filename: str
    words: str | None = None
    """Title and file name as the search compares them; written with the row."""
    content_type: str | None = None
    size: int | None = Field(default=None, sa_type=BigInteger)
    """Bytes."""
    source: str
    """Key of the uploaded file."""
    notify_url: str | None = None
    idempotency_key: str | None = Field(default=None, unique=True)
    fingerprint: str | None = None
    """What the request with that key looked like."""
    upload_id: str | None = None
    """The store's id of the multipart upload, while there is one."""
    upload_seen_at: datetime | None = moment()
    playback: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Keys in the store by role: `hls`, `poster`, `posters`, `original` with its `original_type`; and
    `live` where a playlist can be had that grows."""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """What the metadata stage found."""
    error: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """`code`, `message`, `hint`, `stage`."""
    created_at: datetime = moment(nullable=False, index=True)
    updated_at: datetime = moment(nullable=False)
    playable_at: datetime | None = moment()
    """Since when it can be watched, though it may not be ready."""
    ready_at: datetime | None = moment()
    trace_id: str | None = None
    """Of its upload, which every later log line about it shares."""
    deleted_at: datetime | None = moment(index=True)
    touched_at: datetime | None = moment(index=True)
    """When it last changed by what no event tells of: a command, a job that was handed back."""
    swept_at: datetime | None = moment()
    """The `updated_at` that the sweep last looked for losing outputs at."""
    purged_at: datetime | None = moment()
    """When the objects of a deleted video were removed."""

    def move(self, to: VideoStatus) -> None:
        """Raises IllegalTransition."""
        if to not in _VIDEO_MOVES[VideoStatus(self.status)]:
            raise IllegalTransition(f"A video that is {self.status} cannot become {to}.")
        self.status = to

    def start_over(self) -> None:
        """From the source, in a run of its own. What was made before can be watched until its successor is
        there. Raises IllegalTransition."""
        if self.status == VideoStatus.UPLOADING:
            raise IllegalTransition("It is still being uploaded.")
        self.run += 1
        self.status = VideoStatus.PROCESSING
        self.error = self.ready_at = None
        self.playback = {way: what for way, what in self.playback.items() if way != "live"}
        if not {"hls", "original"} & self.playback.keys():
            self.playable_at = None

    def run_of(self, key: object) -> int:
        """In which of its runs an output was made, by its key `<video>/<run>/...`; 0 for what is none."""
        parts = key.split("/") if isinstance(key, str) and key.startswith(f"{self.id}/") else []
        return int(parts[1]) if len(parts) > 2 and parts[1].isdecimal() else 0

    def touch(self, now: datetime) -> None:
        """It changed, and no event will tell: whoever follows it hears by this."""
        self.updated_at = self.touched_at = now


class Step(SQLModel, table=True):
    video_id: str = Field(primary_key=True, foreign_key="video.id")
    run: int = Field(primary_key=True)
    stage: str = Field(primary_key=True)
    position: int
    weight: float
    """Its share of the video's progress, relative to the other steps'."""
    required: bool
    state: str = StepState.WAITING
    progress: float = 0.0
    attempts: int = 0
    fence: int | None = None
    """The fence token whose outputs count, once done."""
    error: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    started_at: datetime | None = moment()
    finished_at: datetime | None = moment()

    def move(self, to: StepState) -> None:
        """Raises IllegalTransition."""
        if to not in _STEP_MOVES[StepState(self.state)]:
            raise IllegalTransition(f"The step {self.stage} is {self.state} and cannot become {to}.")
        self.state = to
