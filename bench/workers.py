"""Two real workers held to a core each against one, on equal chunks: `python -m bench.workers CLIP`.

Broker, store, database, ledger, workers and join are the real ones. One worker and two take turns; beside
them a chunk by bare ffmpegs, one and two at a time, which is what the machine itself gives.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.bus.__main__ import servers
from bench.equal import QUEUE, Equal, equal_chunks
from bench.report import Figures, machine, rotated, table
from bench.simulated import runner
from pipeline import outbox
from pipeline.adapters.database.migrate import migrate
from pipeline.broker_settings import BrokerSettings
from pipeline.chunks import DONE
from pipeline.events import Event, VideoUploaded
from pipeline.host import this_process
from pipeline.job import Job
from pipeline.logging import configure
from pipeline.relay import relay
from pipeline.services import Services, open_services
from pipeline.settings import DatabaseSettings, Settings, StoreSettings
from pipeline.stage import Handler, Stage
from pipeline.topology import work_queue
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import StepState
from tests.servers import PostgresServer, RabbitServer, S3Server
from workers.media.allowed import guarded_input
from workers.media.hls import command
from workers.stages import build

_ENOUGH = 1.8
"""Times one worker's speed that is asked of two."""
_POLL = 0.05
"""Seconds; a chunk takes a hundred times as long."""


@dataclass
class Measured:
    one: list[float] = field(default_factory=list)
    two: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)

    @property
    def speed(self) -> Figures:
        return Figures(tuple(self.one)).over(Figures(tuple(self.two)))

    @property
    def machine(self) -> Figures:
        """What two bare ffmpegs do in the time of one."""
        ratio = Figures(tuple(self.alone)).over(Figures(tuple(self.beside)))
        return Figures(tuple(2 * each for each in ratio.values))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chunks", type=int, default=10)
    parser.add_argument("--segments", type=int, default=2, help="in each chunk")
    asked = parser.parse_args()
    before = machine()
    configure(Settings(log_level="error"), process="workers")
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name, servers(Path(name)) as started:
        equal = equal_chunks(asked.clip.resolve(), asked.chunks, asked.segments, Path(name))
        store = S3Server(Path(name))
        store.start()
        try:
            measured = Workers(*started, store, Path(name)).measure(equal, asked.runs)
        finally:
            store.kill()
    seconds = float(equal.span * equal.recipe.segment)
    print(f"{before}, RabbitMQ, PostgreSQL and the store on the same machine, median (lowest-highest)")
    print(f"{asked.clip.name}, {len(equal.recipe.rungs)} rungs, {equal.chunks} chunks of {seconds:g} s\n")
    print(figures(measured))
    return 0 if measured.speed.median >= _ENOUGH else 1


def figures(measured: Measured) -> str:
    one, two = Figures(tuple(measured.one)), Figures(tuple(measured.two))
    alone, beside = Figures(tuple(measured.alone)), Figures(tuple(measured.beside))
    return table(
        ("of one core each", "one: s", "two: s", "times one"),
        [
            ("workers, all chunks", one.shown(1), two.shown(1), measured.speed.shown()),
            ("bare ffmpeg, a chunk each", alone.shown(1), beside.shown(1), measured.machine.shown()),
        ],
    )


class Workers:
    def __init__(self, rabbit: RabbitServer, postgres: PostgresServer, store: S3Server, folder: Path) -> None:
        self._folder = folder
        url = rabbit.amqp_url(rabbit.new_vhost())
        keys = {"access_key": store.access_key, "secret_key": store.secret_key}
        place = {"endpoint": store.endpoint, "bucket": store.new_bucket()}
        self._settings = Settings(
            database=DatabaseSettings(url=postgres.new_database()),
            broker=BrokerSettings.model_validate({"url": url}),
            store=StoreSettings.model_validate(place | keys),
            log_level="error",
        )
        migrate(self._settings.database)

    def measure(self, equal: Equal, runs: int) -> Measured:
        cores = sorted(os.sched_getaffinity(0))[:2]
        measured = Measured()
        ways = {
            "one": lambda: self.work(equal, cores[:1]),
            "two": lambda: self.work(equal, cores),
            "alone": lambda: bare(equal, cores[:1], self._folder),
            "beside": lambda: bare(equal, cores, self._folder),
        }
        for run in range(runs):
            for name in rotated(list(ways), run):
                seconds = ways[name]()
                getattr(measured, name).append(seconds)
                print(f"{name}: {seconds:.2f} s", file=sys.stderr, flush=True)
        return measured

    def work(self, equal: Equal, cores: Sequence[int]) -> float:
        """Seconds that a worker on each of `cores` takes for all chunks, from the upload on."""
        with self._working(cores):
            return asyncio.run(_seconds(self._settings, equal, len(cores)))

    @contextmanager
    def _working(self, cores: Sequence[int]) -> Iterator[None]:
        settings = self._settings
        environment = os.environ | {
            "REELMILL_DATABASE__URL": settings.database.url,
            "REELMILL_BROKER__URL": settings.broker.url.get_secret_value(),
            "REELMILL_STORE__ENDPOINT": settings.store.endpoint,
            "REELMILL_STORE__BUCKET": settings.store.bucket,
            "REELMILL_STORE__ACCESS_KEY": settings.store.access_key,
            "REELMILL_STORE__SECRET_KEY": settings.store.secret_key.get_secret_value(),
            "REELMILL_LOG_LEVEL": "error",
        }
        worker = (sys.executable, "-m", "workers", QUEUE)
        started = [subprocess.Popen(("taskset", "-c", str(core), *worker), env=environment) for core in cores]
        try:
            yield
        finally:
            for each in started:
                each.terminate()
            for each in started:
                each.wait()


def bare(equal: Equal, cores: Sequence[int], folder: Path) -> float:
    """Seconds until an ffmpeg on each of `cores` has made the first chunk, with nothing around it."""
    part = equal.recipe.part(tuple(rung.name for rung in equal.recipe.rungs), 0, equal.span)
    asked = command(part, guarded_input(str(equal.file)), Path(), zscale=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        places = {core: Path(name) / str(core) for core in cores}
        for place in places.values():
            for rendition in part.names:
                (place / rendition).mkdir(parents=True)
        began = time.monotonic()
        running = [_started(("taskset", "-c", str(core), *asked), place) for core, place in places.items()]
        ended = [each.wait() for each in running]
        seconds = time.monotonic() - began
    if any(ended):
        raise RuntimeError(f"ffmpeg ended with {ended}")
    return seconds


def _started(asked: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    silent = subprocess.DEVNULL
    return subprocess.Popen(asked, cwd=folder, stdin=silent, stdout=silent, stderr=silent)


async def _seconds(settings: Settings, equal: Equal, workers: int) -> float:
    """Plan, join and relay run here; the plan is the bench's."""

    async def plan(event: VideoUploaded, _job: Job) -> Sequence[Event]:
        return [equal.planned(event.source)]

    stages = _with(build(settings), "transcode", plan)
    async with open_services(settings, stages) as services:
        await services.bus.ready()
        await services.store.prepare()
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(work)
                for work in (
                    relay(services.bus, services.ledger, settings.relay, this_process()),
                    runner(services, "transcode").run(),
                    runner(services, "join").run(),
                )
            ]
            await _until_there(services, workers)
            video_id = await _stored(services, equal.file)
            began = time.monotonic()
            accepted = await services.ledger.accept(video_id, equal.file.stat().st_size, new_traceparent())
            await outbox.publish(services.bus, services.ledger, accepted)
            await _until_encoded(services, video_id)
            seconds = time.monotonic() - began
            await _until_joined(services, video_id)
            for task in beside:
                task.cancel()
    return seconds


def _with(stages: tuple[Stage, ...], name: str, handler: Handler) -> tuple[Stage, ...]:
    return tuple(replace(stage, handler=handler) if stage.name == name else stage for stage in stages)


async def _until_there(services: Services, workers: int) -> None:
    """Each consumes: what it takes to start one is not measured, and one that ended is no longer counted."""
    while True:
        if await services.bus.consumers(work_queue(QUEUE)) == workers:
            return
        await asyncio.sleep(_POLL)


async def _stored(services: Services, file: Path) -> str:
    begun = await services.ledger.begin(NewUpload(filename=file.name))
    await services.store.put(begun.video.source, file, "video/mp4")
    return begun.video.id


async def _until_encoded(services: Services, video_id: str) -> None:
    while True:
        growth = await services.ledger.growth(video_id)
        if growth and growth.chunks and all(chunk.state == DONE for chunk in growth.chunks):
            return
        await asyncio.sleep(_POLL)


async def _until_joined(services: Services, video_id: str) -> None:
    """What was encoded is whole: the join reads all of it back. Raises RuntimeError where it is not."""
    while True:
        video, steps = await services.ledger.video(video_id)
        if any(step.stage == "transcode" and step.state == StepState.DONE for step in steps):
            return
        if video.error:
            raise RuntimeError(str(video.error))
        await asyncio.sleep(_POLL)


if __name__ == "__main__":
    sys.exit(main())
