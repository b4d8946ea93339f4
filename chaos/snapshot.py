"""What there is at one moment, read past the program: rows, objects, queues and notices."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
from minio import Minio
from sqlalchemy import Engine, create_engine
from sqlmodel import Session, col, func, select

from chaos.installation import Installation
from cli.local.ports import HOST
from pipeline.adapters.database.tables import ChunkRow, EventRow, InboxRow
from pipeline.topology import DEAD
from pipeline.video import Step, StepState, Video
from tests.receiver import Receiver


@dataclass(frozen=True)
class SeenVideo:
    id: str
    filename: str
    status: str
    size: int | None = None
    run: int = 1
    deleted: bool = False
    error: str = ""
    """Code and words."""
    upload_id: str | None = None
    """Of a multipart upload that the store may hold."""
    played: tuple[str, ...] = ()
    """Keys of what plays."""


@dataclass(frozen=True)
class SeenStep:
    video_id: str
    stage: str
    state: str
    fence: int | None = None
    run: int = 1


@dataclass(frozen=True)
class SeenJob:
    stage: str
    event_id: str
    video_id: str
    state: str
    failures: int = 0
    crashes: int = 0
    reason: str = ""


@dataclass(frozen=True)
class SeenFact:
    """An event that was told."""

    video_id: str
    run: int
    type: str
    event_id: str


@dataclass(frozen=True)
class SeenNotice:
    webhook_id: str
    video_id: str
    type: str
    times: int = 1


@dataclass(frozen=True)
class Snapshot:
    videos: tuple[SeenVideo, ...] = ()
    steps: tuple[SeenStep, ...] = ()
    jobs: tuple[SeenJob, ...] = ()
    facts: tuple[SeenFact, ...] = ()
    chunk_prefixes: frozenset[str] = frozenset()
    """Where chunks say that their outputs lie."""
    unpublished: int = 0
    """Rows of the outbox."""
    objects: Mapping[str, int] = field(default_factory=dict)
    """Bytes by key."""
    queued: Mapping[str, int] = field(default_factory=dict)
    """Messages by queue, those under way to a consumer too, where there are any."""
    notices: tuple[SeenNotice, ...] = ()
    read_at: float = 0.0
    """On the monotonic clock, in seconds: when the rows had been read."""

    @property
    def dead_letters(self) -> Mapping[str, int]:
        return {name: count for name, count in self.queued.items() if name.startswith(f"{DEAD}.")}


class Observer:
    """Looks at an installation, past every line. Close it at the end."""

    def __init__(self, installation: Installation, receiver: Receiver) -> None:
        self._installation = installation
        self._receiver = receiver
        self._engine = create_engine(installation.database_url)
        store = installation.store
        address = f"{HOST}:{store.port}"
        self._store = Minio(address, store.access_key, store.secret_key, secure=False, region="us-east-1")

    def close(self) -> None:
        self._engine.dispose()

    async def look(self) -> Snapshot:
        """Raises whatever a part that is away makes its client raise."""
        return await asyncio.to_thread(self._look)

    async def open_steps(self) -> int:
        """How many are not done: one question, where a look reads everything and is a load of its own."""

        def asked() -> int:
            with Session(self._engine) as session:
                open_steps = select(func.count()).select_from(Step).where(Step.state != StepState.DONE)
                return session.exec(open_steps).one()

        return await asyncio.to_thread(asked)

    def _look(self) -> Snapshot:
        rows = replace(_rows(self._engine), read_at=time.monotonic())
        bucket = self._installation.bucket
        listed = self._store.list_objects(bucket, recursive=True)
        return replace(
            rows,
            objects={str(found.object_name): found.size or 0 for found in listed},
            queued=self._queued(),
            notices=noticed(self._receiver),
        )

    def _queued(self) -> dict[str, int]:
        broker = self._installation.broker
        url, login = f"{broker.management_url}/api/queues", (broker.user, broker.password)
        answer = httpx.get(url, auth=login, timeout=10, trust_env=False).raise_for_status()
        return {queue["name"]: count for queue in answer.json() if (count := queue.get("messages", 0))}


def noticed(receiver: Receiver) -> tuple[SeenNotice, ...]:
    counted: Counter[str] = receiver.ids.copy()
    notices = dict(receiver.notices)
    return tuple(
        SeenNotice(webhook_id, notice["data"]["id"], notice["type"], counted[webhook_id])
        for webhook_id, notice in notices.items()
    )


def _rows(engine: Engine) -> Snapshot:
    with Session(engine) as session:
        open_rows = select(func.count()).select_from(EventRow).where(col(EventRow.published_at).is_(None))
        return Snapshot(
            videos=tuple(_video(video) for video in session.exec(select(Video))),
            steps=tuple(_step(step) for step in session.exec(select(Step))),
            jobs=tuple(_job(row) for row in session.exec(select(InboxRow))),
            facts=_facts(session),
            chunk_prefixes=frozenset(prefix for prefix in session.exec(select(ChunkRow.prefix)) if prefix),
            unpublished=session.exec(open_rows).one(),
        )


def _step(step: Step) -> SeenStep:
    return SeenStep(step.video_id, step.stage, step.state, step.fence, step.run)


def _video(video: Video) -> SeenVideo:
    error = f"{video.error['code']}: {video.error['message']}" if video.error else ""
    played = [
        video.playback[role] for role in ("hls", "poster", "storyboard", "preview") if role in video.playback
    ]
    return SeenVideo(
        video.id,
        video.filename,
        video.status,
        video.size,
        video.run,
        video.deleted_at is not None,
        error,
        video.upload_id,
        tuple(played),
    )


def _job(row: InboxRow) -> SeenJob:
    why = f"{row.reason}: {(row.failure or {}).get('code')}" if row.reason else ""
    return SeenJob(row.stage, row.event_id, row.video_id or "", row.state, row.failures, row.crashes, why)


def _facts(session: Session) -> tuple[SeenFact, ...]:
    asked = select(EventRow.video_id, EventRow.run, EventRow.type, EventRow.event_id)
    rows = session.exec(asked.where(EventRow.kind == "event"))
    return tuple(SeenFact(video or "", run or 0, kind or "", event or "") for video, run, kind, event in rows)
