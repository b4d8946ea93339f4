"""Workers that wait where others encode: the stages of a video in chunks, and so many slots of them.

`python -m bench.simulated SLOTS WAIT` runs `tail` slots until it is ended; where broker and database are it
takes from the environment, as every worker does.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import replace

from pipeline import messages
from pipeline.events import (
    ChunkRequested,
    ChunksCompleted,
    ChunkTranscoded,
    Event,
    PlannedChunk,
    PlannedRendition,
    VideoPlanned,
    VideoTranscoded,
    VideoUploaded,
)
from pipeline.job import Job
from pipeline.logging import configure
from pipeline.runner import Runner
from pipeline.services import Services, open_services
from pipeline.settings import from_environment
from pipeline.stage import Stage
from tests.chain import chunked_stages, made

_SEGMENTS = 8
"""Of 4 s in a chunk, as in real ones of 32 s."""


def main(slots: str, wait: str) -> None:
    settings = from_environment()
    configure(settings, process="simulated")
    asyncio.run(_work(int(slots), float(wait)))


async def _work(slots: int, wait: float) -> None:
    settings = from_environment()
    async with open_services(settings, stages(0, wait)) as services:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await runner(services, "tail", slots).run()


def stages(chunks: int, wait: float) -> tuple[Stage, ...]:
    """The stages of the pipeline, a video having `chunks` chunks that take `wait` seconds on average."""

    async def plan(event: VideoUploaded, _job: Job) -> Sequence[Event]:
        return [_plan(event, chunks)]

    async def encode(event: ChunkRequested, job: Job) -> Sequence[Event]:
        seconds = wait_of(event.number, wait)
        for tenth in range(1, 11):  # as often as an encoder would tell of it
            await asyncio.sleep(seconds / 10)
            job.progress = tenth / 10
        outputs = tuple(made(name, _SEGMENTS) for name in event.renditions)
        whole = {"number": event.number, "track": event.track, "first": event.first}
        return [ChunkTranscoded(**whole, prefix=job.prefix, made=outputs, took=seconds)]

    async def join(event: ChunksCompleted, _job: Job) -> Sequence[Event]:
        return [
            VideoTranscoded(
                source=event.source, hls="master", duration=1.0, renditions=(), has_audio=False, size=1
            )
        ]

    return chunked_stages(chunks, transcode=plan, tail=encode, join=join)


def runner(services: Services, name: str, slots: int = 1) -> Runner:
    stage = replace(next(stage for stage in services.stages if stage.name == name), slots=slots)
    consumed = messages.consumed_topics(services.stages)
    return Runner(stage, services.bus, services.store, services.ledger, services.settings.work, consumed)


def wait_of(number: int, mean: float) -> float:
    """From half to one and a half of the mean, the same for a chunk in every run."""
    return mean * (0.5 + random.Random(number).random())


def _plan(event: VideoUploaded, chunks: int) -> VideoPlanned:
    planned = [
        PlannedChunk(
            queue="tail",
            track="rest",
            first=_SEGMENTS * number,
            until=_SEGMENTS * (number + 1),
            renditions=("1080p",),
            weight=1.0,
        )
        for number in range(chunks)
    ]
    rendition = PlannedRendition(name="1080p", width=1920, height=1080, rate="25", max_bit_rate=5_000_000)
    return VideoPlanned(
        source=event.source,
        recipe={},
        segment="4",
        duration=4.0 * _SEGMENTS * chunks,
        lead=None,
        audio=False,
        renditions=(rendition,),
        chunks=tuple(planned),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
