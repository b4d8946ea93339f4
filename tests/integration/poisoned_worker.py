"""A real worker process of a chain in chunks, that dies of the last chunk of what is called poison.mp4."""

import asyncio
import os
import signal
from collections.abc import Sequence

from pipeline import messages
from pipeline.events import ChunkRequested, Event
from pipeline.job import Job
from pipeline.quarantine import Quarantine
from pipeline.runner import Runner
from pipeline.services import open_services
from pipeline.settings import Settings
from pipeline.stage import Stage
from tests.chain import chunked, chunked_stages

CHUNKS = 4
_LONG = 1.5
"""Seconds of any other last chunk: it is always at work when its neighbour dies."""


def table() -> tuple[Stage, ...]:
    return chunked_stages(CHUNKS, tail=_tail)


async def _tail(event: ChunkRequested, job: Job) -> Sequence[Event]:
    if job.video.filename == "poison.mp4":
        await asyncio.sleep(_LONG / 3)
        os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.sleep(_LONG)
    return await chunked(event, job)


async def _work() -> None:
    settings = Settings()
    async with open_services(settings, table()) as services, asyncio.TaskGroup() as group:
        consumed, together = messages.consumed_topics(services.stages), Quarantine()
        for stage in services.stages:
            parts = services.bus, services.store, services.ledger, settings.work, consumed, together
            for _ in range(3 if stage.name == "tail" else 1):
                group.create_task(Runner(stage, *parts).run())


if __name__ == "__main__":
    asyncio.run(_work())
