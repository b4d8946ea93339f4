"""A small pipeline for tests: stages whose handlers are one line, over the shipped in-memory twins."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline import messages, outbox
from pipeline.adapters.database import Database
from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.memory_store import MemoryStore
from pipeline.api_settings import ApiSettings
from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    Event,
    HeadRequested,
    Made,
    MetadataExtracted,
    PlannedChunk,
    PlannedRendition,
    SoundRequested,
    StageFailed,
    ThumbnailGenerated,
    UserNotified,
    VideoPlanned,
    VideoPlayable,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.ports import Bus, Store
from pipeline.runner import Runner
from pipeline.settings import DatabaseSettings, Settings, WorkSettings
from pipeline.stage import Handler, Stage
from pipeline.topology import derive
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import Step, Video
from workers.notify import worth_telling

SHORT_RUNGS = [timedelta(milliseconds=20), timedelta(milliseconds=40)]


def settings_for(url: str = "sqlite://", *, undo: timedelta = timedelta(0), **work: object) -> Settings:
    """What is deleted goes at once, unless `undo` says otherwise."""
    quick = {"rungs": SHORT_RUNGS, "heartbeat": timedelta(milliseconds=20), "lease": timedelta(seconds=5)}
    return Settings(
        database=DatabaseSettings(url=url),
        work=WorkSettings.model_validate(quick | work),
        api=ApiSettings(undo=undo),
    )


async def transcoded(event: VideoUploaded, job: Job) -> Sequence[Event]:
    await job.store.put(job.key("master.m3u8"), b"#EXTM3U", "application/vnd.apple.mpegurl")
    return [
        VideoTranscoded(
            source=event.source,
            hls=job.key("master.m3u8"),
            duration=1.0,
            renditions=(),
            has_audio=False,
            size=7,
        )
    ]


async def thumbnailed(event: VideoTranscoded, job: Job) -> Sequence[Event]:
    await job.store.put(job.key("large.jpg"), b"picture", "image/jpeg")
    return [
        ThumbnailGenerated(source=event.source, hls=event.hls, posters={"large.jpg": job.key("large.jpg")})
    ]


async def described(event: ThumbnailGenerated, job: Job) -> Sequence[Event]:
    return [MetadataExtracted(hls=event.hls, metadata={"duration": 1.0})]


async def notified(event: MetadataExtracted | StageFailed, job: Job) -> Sequence[Event]:
    about = "failed" if isinstance(event, StageFailed) else "ready"
    return [UserNotified(delivered=True, about=about)]


def stages(**handlers: Handler) -> tuple[Stage, ...]:
    """The four stages; `transcode=...` and so on replaces a handler."""
    plain: dict[str, Handler] = {
        "transcode": transcoded,
        "thumbnail": thumbnailed,
        "metadata": described,
        "notify": notified,
    }
    chosen = plain | handlers
    return (
        Stage("transcode", (VideoUploaded,), (VideoTranscoded,), chosen["transcode"], attempts=3),
        Stage("thumbnail", (VideoTranscoded,), (ThumbnailGenerated,), chosen["thumbnail"], attempts=3),
        Stage("metadata", (ThumbnailGenerated,), (MetadataExtracted,), chosen["metadata"], attempts=3),
        Stage(
            "notify",
            (MetadataExtracted, StageFailed),
            (UserNotified,),
            chosen["notify"],
            wants=worth_telling,
            required=False,
            attempts=3,
        ),
    )


SEGMENT_FRAMES = 100
"""Of 1/25 s each: segments of the fake chunks are 4 s."""
SOUND_FRAMES = 188
"""AAC frames in a segment of the fake sound."""


def plan_of(count: int, *, sound: bool = True) -> VideoPlanned:
    """`count` chunks of two segments each, of one rendition that leads: two for `head`, the others for
    `tail`; with `sound`, the second is the sound of it all."""
    chunks = [_lead_chunk(number, count - sound) for number in range(count - sound)]
    if sound:
        chunks.insert(
            1,
            PlannedChunk(
                queue="sound", track="sound", first=0, until=None, renditions=("audio",), weight=0.5
            ),
        )
    return VideoPlanned(
        source="source",
        recipe={"preset": "fake"},
        segment="4",
        duration=8.0 * (count - sound),
        lead="360p",
        audio=sound,
        renditions=(PlannedRendition(name="360p", width=640, height=360, rate="25", max_bit_rate=800_000),),
        chunks=tuple(chunks),
    )


def _lead_chunk(number: int, count: int) -> PlannedChunk:
    return PlannedChunk(
        queue="head" if number < 2 else "tail",
        track="lead",
        first=2 * number,
        until=2 * number + 2 if number < count - 1 else None,
        renditions=("360p",),
        weight=1.0,
    )


def made(name: str, segments: int) -> Made:
    frames = SOUND_FRAMES if name == "audio" else SEGMENT_FRAMES
    return Made(name=name, codec="x", init="0" * 64, frames=(frames,) * segments, sizes=(1,) * segments)


def planner(count: int) -> Handler:
    async def planned(event: VideoUploaded, job: Job) -> Sequence[Event]:
        return [plan_of(count)]

    return planned


async def chunked(event: ChunkRequested, job: Job) -> Sequence[Event]:
    segments = (event.until or event.first + 2) - event.first
    for name in event.renditions:
        await job.store.put(job.key(f"{name}/init.mp4"), b"init", "video/mp4")
    return [
        ChunkTranscoded(
            number=event.number,
            track=event.track,
            first=event.first,
            prefix=job.prefix,
            made=tuple(made(name, segments) for name in event.renditions),
            took=0.5,
        )
    ]


async def joined(event: ChunksCompleted, job: Job) -> Sequence[Event]:
    growth = await job.growth()
    assert all(chunk.state == "done" and chunk.prefix for chunk in growth.chunks)
    await job.store.put(job.key("master.m3u8"), b"#EXTM3U", "application/vnd.apple.mpegurl")
    return [
        VideoTranscoded(
            source=event.source,
            hls=job.key("master.m3u8"),
            duration=growth.plan.duration or 0.0,
            renditions=(),
            has_audio=growth.plan.audio,
            size=7,
        )
    ]


def chunked_stages(count: int = 6, **handlers: Handler) -> tuple[Stage, ...]:
    """The simple chain with a transcode step of five stages, for videos of `count` chunks."""
    plain: dict[str, Handler] = {
        "transcode": planner(count),
        "head": chunked,
        "sound": chunked,
        "tail": chunked,
        "join": joined,
    }
    chosen = plain | {name: handler for name, handler in handlers.items() if name in plain}
    queues = ("head", "sound", "tail")
    step: dict[str, Any] = {"step": "transcode", "attempts": 3, "weight": 20}
    part: dict[str, Any] = {**step, "completes": False, "releases": queues}
    return (
        Stage("transcode", (VideoUploaded,), (VideoPlanned, VideoPlayable), chosen["transcode"], **part),
        Stage("head", (HeadRequested,), (ChunkTranscoded,), chosen["head"], **part),
        Stage("sound", (SoundRequested,), (ChunkTranscoded, ChunkGrew), chosen["sound"], **part),
        Stage("tail", (ChunkRequested,), (ChunkTranscoded,), chosen["tail"], **part),
        Stage("join", (ChunksCompleted,), (VideoTranscoded,), chosen["join"], **step),
        *stages(**{name: handler for name, handler in handlers.items() if name not in plain})[1:],
    )


@dataclass
class Chain:
    settings: Settings
    stages: tuple[Stage, ...]
    bus: Bus
    store: Store
    ledger: Ledger

    async def upload(self, name: str = "a.mp4", **fields: str) -> str:
        """An accepted video whose first event was published; returns its id."""
        return await self._accepted(NewUpload(filename=name, **fields), b"video", "video/mp4")

    async def upload_file(self, clip: Path, content_type: str = "video/mp4") -> str:
        """The same of a real file."""
        return await self._accepted(NewUpload(filename=clip.name), clip, content_type)

    async def _accepted(self, new: NewUpload, content: bytes | Path, content_type: str) -> str:
        begun = await self.ledger.begin(new)
        await self.store.put(begun.video.source, content, content_type)
        size = (await self.store.stat(begun.video.source)).size
        accepted = await self.ledger.accept(begun.video.id, size, new_traceparent())
        await outbox.publish(self.bus, self.ledger, accepted)
        return begun.video.id

    def runner(self, name: str) -> Runner:
        stage = next(stage for stage in self.stages if stage.name == name)
        consumed = messages.consumed_topics(self.stages)
        return Runner(stage, self.bus, self.store, self.ledger, self.settings.work, consumed)

    @asynccontextmanager
    async def running(self, *names: str) -> AsyncIterator[None]:
        """The runners of those stages, or of all, at work."""
        wanted = names or tuple(stage.name for stage in self.stages)
        tasks = [asyncio.create_task(self.runner(name).run()) for name in wanted]
        try:
            yield
        finally:
            died = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert not died, f"a runner died: {[task.exception() for task in died]}"

    async def video(self, video_id: str) -> tuple[Video, dict[str, Step]]:
        video, steps = await self.ledger.video(video_id)
        return video, {step.stage: step for step in steps}

    async def until(self, video_id: str, reached: Callable[[Video, dict[str, Step]], bool]) -> Video:
        """The video once `reached` says so."""

        async def asked() -> bool:
            return reached(*await self.video(video_id))

        await eventually(asked)
        return (await self.video(video_id))[0]


@asynccontextmanager
async def in_memory(
    table: tuple[Stage, ...] | None = None, settings: Settings | None = None
) -> AsyncIterator[Chain]:
    settings = settings or settings_for()
    table = table or stages()
    database = Database(settings, table)
    bus = MemoryBus(derive(table, settings.work.rungs))
    try:
        yield Chain(settings, table, bus, MemoryStore(), database)
    finally:
        await database.close()


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Returns once `condition` holds; fails when it does not within `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    for _ in itertools.count():
        if await condition():
            return
        assert asyncio.get_running_loop().time() < deadline, "it did not come true in time"
        await asyncio.sleep(0.01)


async def always() -> bool:
    """The lease of a relay that is alone."""
    return True
