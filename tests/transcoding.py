"""Runs a file through plan, chunks and join, as a pipeline does, but without broker or database."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import dirname

from pipeline.adapters.memory_store import MemoryStore
from pipeline.chunks import DONE, PLANNED, ChunkState, Growth, request
from pipeline.events import (
    ChunksCompleted,
    ChunkTranscoded,
    Event,
    VideoPlanned,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.job import Job
from pipeline.ports import Store
from pipeline.settings import MediaSettings
from tests.media import content, job_for, stored, uploaded
from workers.transcode.chunk import chunk
from workers.transcode.join import join
from workers.transcode.plan import plan

_NEVER_AS_IT_IS = MediaSettings(original_max_bit_rate=0)


async def transcoded(path: Path, scratch: Path, *, cut: bool = False) -> tuple[VideoTranscoded, MemoryStore]:
    """What becomes of a file; `cut` into chunks as if no browser could play it."""
    store = await stored(path)
    settings = _NEVER_AS_IT_IS if cut else MediaSettings()
    [event] = await transcode(uploaded(path), job_for(uploaded(path), store, scratch), settings)
    assert isinstance(event, VideoTranscoded)
    return event, store


async def transcode(event: VideoUploaded, job: Job, settings: MediaSettings | None = None) -> Sequence[Event]:
    """Each job gets a fence, as it would from a ledger."""
    [planned] = await plan(event, job, settings=settings or MediaSettings())
    assert isinstance(planned, VideoPlanned)
    chunks = [await _worked(planned, number, job) for number in range(len(planned.chunks))]
    growth = Growth(planned.model_copy(update={"chunks": ()}), tuple(chunks))

    async def grown() -> Growth:
        return growth

    completed = ChunksCompleted(source=planned.source, recipe=planned.recipe)
    joining = _with_fence(job, len(chunks) + 2)
    joining.growth = grown
    events = await join(completed, joining)
    job.progress = joining.progress
    return events


async def saved(event: VideoTranscoded, store: Store, folder: Path) -> Path:
    return await saved_from(event.hls, store, folder)


async def saved_from(master: str, store: Store, folder: Path) -> Path:
    """The tree as it lies in the store, below `folder`; its master playlist."""
    run = "/".join(master.split("/")[:2])
    for info in await store.list(f"{run}/"):
        file = folder / info.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(await content(store, info.key))
    return folder / master


async def _worked(planned: VideoPlanned, number: int, job: Job) -> ChunkState:
    meant = planned.chunks[number]
    state = ChunkState(number=number, state=PLANNED, **meant.model_dump())
    [told] = await chunk(request(state, planned), _with_fence(job, number + 2))
    assert isinstance(told, ChunkTranscoded)
    return replace(state, state=DONE, prefix=told.prefix, made=told.made, took=told.took)


def _with_fence(job: Job, fence: int) -> Job:
    scratch = job.scratch / str(fence)
    scratch.mkdir()
    return replace(job, scratch=scratch, prefix=f"{dirname(job.prefix.rstrip('/'))}/{fence}/")
