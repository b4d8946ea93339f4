"""`python -m chaos.slow_worker`: all stages in one process, whose handlers write something, take their time,
and write something more: so that whoever is stopped in between wakes up with work to do."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline import messages
from pipeline.errors import Permanent
from pipeline.events import ChunkGrew, Event, SoundRequested, VideoUploaded
from pipeline.job import Job
from pipeline.logging import configure
from pipeline.quarantine import Quarantine
from pipeline.runner import Runner
from pipeline.services import open_services
from pipeline.settings import from_environment
from pipeline.stage import Handler, Stage
from tests.chain import chunked_stages, made

CHUNKS = 3
_STEPS = 10
EARLY, LATE = "early", "late"
"""What a job writes before it takes its time, and after."""


class Poisoned(Permanent):
    code = "poisoned"
    message = "It was made to fail."
    hint = "Remove the cause, then replay the dead letter."


def table() -> tuple[Stage, ...]:
    """Those of a video in chunks; the last of them is notify."""
    seconds = float(os.environ.get("CHAOS_JOB_SECONDS", "1"))
    return tuple(replace(stage, handler=_slowly(stage.handler, seconds)) for stage in chunked_stages(CHUNKS))


def _slowly(handler: Handler, seconds: float) -> Handler:
    async def slow(event: Event, job: Job) -> Sequence[Event]:
        if isinstance(event, VideoUploaded) and event.filename.startswith("poison"):
            _refuse()
        await job.store.put(job.key(EARLY), b"early", "text/plain")
        for step in range(1, _STEPS + 1):
            await asyncio.sleep(seconds / _STEPS)
            job.progress = step / _STEPS
        if isinstance(event, SoundRequested):
            told = {"number": event.number, "track": event.track, "first": event.first, "prefix": job.prefix}
            await job.announce(ChunkGrew(**told, made=(made("audio", 1),), took=0.1), key=job.prefix)
        await job.store.put(job.key(LATE), b"late", "text/plain")
        return await handler(event, job)

    return slow


def _refuse() -> None:
    """As long as the file named by CHAOS_POISON is there."""
    if Path(os.environ.get("CHAOS_POISON", "")).is_file():
        raise Poisoned


async def _work() -> None:
    settings = from_environment()
    configure(settings, process="slow")
    async with open_services(settings, table()) as services, asyncio.TaskGroup() as group:
        consumed, quarantine = messages.consumed_topics(services.stages), Quarantine()
        parts = services.bus, services.store, services.ledger, settings.work, consumed, quarantine
        runs = [group.create_task(Runner(stage, *parts).run()) for stage in services.stages]
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: [run.cancel() for run in runs])


if __name__ == "__main__":
    asyncio.run(_work())
