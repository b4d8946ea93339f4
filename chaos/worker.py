"""`python -m chaos.worker NAME...`: the workers with their real runner, table of stages and events, whose
handlers write a few small objects where the real ones run ffmpeg. Notices are sent by the real handler.

For runs that ask about the flow. CHAOS_JOB_SECONDS is how long each part of a job takes.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from pipeline.events import Event, PreviewMade, StoryboardMade, VideoTranscoded
from pipeline.job import Job
from pipeline.settings import Settings
from pipeline.stage import Handler, Stage
from tests.chain import chunked, described, joined, planner, thumbnailed
from workers.__main__ import main
from workers.stages import build

CHUNKS = 4
"""Of each video: two heads, the sound and a tail."""
_REAL = {"notify"}
_STEPS = 10
"""How often a job tells its progress."""


def table(settings: Settings) -> tuple[Stage, ...]:
    return tuple(_stood_in(stage) for stage in build(settings))


def _stood_in(stage: Stage) -> Stage:
    if stage.name in _REAL:
        return stage
    return replace(stage, handler=_in_its_time(_HANDLERS[stage.name]))


def _in_its_time(handler: Handler) -> Handler:
    seconds = float(os.environ.get("CHAOS_JOB_SECONDS", "0"))

    async def taken(event: Event, job: Job) -> Sequence[Event]:
        for step in range(1, _STEPS + 1):
            await asyncio.sleep(seconds / _STEPS)
            job.progress = step / _STEPS
        return await handler(event, job)

    return taken


async def _storyboard(_event: VideoTranscoded, job: Job) -> Sequence[Event]:
    await job.store.put(job.key("storyboard.vtt"), b"WEBVTT", "text/vtt")
    return [StoryboardMade(storyboard=job.key("storyboard.vtt"))]


async def _preview(_event: VideoTranscoded, job: Job) -> Sequence[Event]:
    await job.store.put(job.key("preview.mp4"), b"preview", "video/mp4")
    return [PreviewMade(preview=job.key("preview.mp4"))]


_HANDLERS: dict[str, Handler] = {
    "transcode": planner(CHUNKS),
    "head": chunked,
    "sound": chunked,
    "tail": chunked,
    "join": joined,
    "thumbnail": thumbnailed,
    "metadata": described,
    "storyboard": _storyboard,
    "preview": _preview,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], table))
