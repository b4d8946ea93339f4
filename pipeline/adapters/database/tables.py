"""Tables of the ledger itself: the event log that is also the outbox, the inbox, and named leases."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, text
from sqlmodel import Field, SQLModel

from pipeline.video import moment


class EventRow(SQLModel, table=True):
    """A message that left, or will leave, for the broker; a video's rows in order are its timeline."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_unpublished",
            "created_at",
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
        Index("ix_event_video", "video_id", "seq"),
    )

    # SQLite counts up by itself in an INTEGER only
    seq: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    id: str = Field(unique=True)
    """The AMQP message id; equals `event_id` for the first copy of an event."""
    event_id: str | None = Field(default=None, index=True)
    kind: str
    type: str | None = None
    video_id: str | None = None
    run: int | None = None
    stage: str | None = None
    exchange: str
    routing_key: str
    mandatory: bool
    headers: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = moment(nullable=False)
    published_at: datetime | None = moment()


class InboxRow(SQLModel, table=True):
    """What became of one event at one stage."""

    __tablename__ = "inbox"

    stage: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    video_id: str | None = Field(default=None, index=True)
    run: int | None = None
    type: str | None = None
    state: str = Field(index=True)
    """`running`, `waiting`, `done`, `dead`, `replayed` or `dropped`."""
    fence: int = 0
    lease_until: datetime | None = moment()
    next_attempt_at: datetime | None = moment()
    failures: int = 0
    crashes: int = 0
    host: str | None = None
    failure: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    reason: str | None = None
    claimed_at: datetime | None = moment()
    finished_at: datetime | None = moment()


class PlanRow(SQLModel, table=True):
    """How a video is transcoded in chunks, in one of its runs."""

    __tablename__ = "plan"

    video_id: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    step: str
    fence: int
    """Of the job that planned: what it made beside the plan counts."""
    planned: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The data of its VideoPlanned, without the chunks."""
    created_at: datetime = moment(nullable=False)


class ChunkRow(SQLModel, table=True):
    """A part of the work on a video, and what came of it; see ChunkState."""

    __tablename__ = "chunk"
    __table_args__ = (Index("ix_chunk_state", "video_id", "run", "state", "queue", "number"),)

    video_id: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    queue: str
    track: str
    first: int
    until: int | None = None
    renditions: list[str] = Field(sa_column=Column(JSON, nullable=False))
    weight: float
    state: str
    fence: int | None = None
    prefix: str | None = None
    made: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    told: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    took: float | None = None
    progress: float = 0.0


ACCEPTED, EXPIRED, ENDED = "accepted", "expired", "ended"
"""How an upload is over."""


class UploadRow(SQLModel, table=True):
    """An upload that goes on over many requests. The id of its multipart upload is the video's."""

    __tablename__ = "upload"

    id: str = Field(primary_key=True)
    video_id: str = Field(unique=True)
    said: str
    length: int | None = Field(default=None, sa_type=BigInteger)
    offset: int = Field(default=0, sa_type=BigInteger)
    part_bytes: int = Field(sa_type=BigInteger)
    tail_key: str | None = None
    tail_size: int = 0
    fence: int = 0
    held_until: datetime | None = moment()
    wanted: bool = False
    """Whoever holds it is asked to let go."""
    expires_at: datetime = moment(nullable=False, index=True)
    over: str | None = None


class PartRow(SQLModel, table=True):
    """A part of an upload that the store has confirmed."""

    __tablename__ = "upload_part"

    upload_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    etag: str


class DirectRow(SQLModel, table=True):
    """An upload that goes straight to the store. The id of its multipart upload is the video's."""

    __tablename__ = "direct_upload"

    video_id: str = Field(primary_key=True)
    size: int = Field(sa_type=BigInteger)
    part_bytes: int = Field(sa_type=BigInteger)
    expires_at: datetime = moment(nullable=False)


class LinkRow(SQLModel, table=True):
    """Lets whoever knows its secret begin one upload; see UploadLink."""

    __tablename__ = "upload_link"

    secret_hash: str = Field(primary_key=True)
    video_id: str
    upload_id: str | None = None
    """What was begun with it."""
    max_bytes: int | None = Field(default=None, sa_type=BigInteger)
    filename: str | None = None
    title: str | None = None
    notify_url: str | None = None
    origin: str | None = Field(default=None, index=True)
    expires_at: datetime = moment(nullable=False, index=True)


class ReportRow(SQLModel, table=True):
    """What something that runs every so often said when it last ran."""

    __tablename__ = "report"

    name: str = Field(primary_key=True)
    at: datetime = moment(nullable=False)
    told: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class LeaseRow(SQLModel, table=True):
    """Who may do what only one process may do at a time."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = moment(nullable=False)
