"""How near to ideal many workers come, with waits in place of encodes: `python -m bench.scale`.

Broker, ledger and runner are the real ones; a worker is a slot of a few processes. Ideal is the sum of the
waits over the number of workers.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.bus.__main__ import servers
from bench.report import machine, table
from bench.simulated import runner, stages, wait_of
from pipeline import outbox
from pipeline.adapters.database.migrate import migrate
from pipeline.broker_settings import BrokerSettings
from pipeline.host import this_process
from pipeline.logging import configure
from pipeline.relay import relay
from pipeline.services import Services, open_services
from pipeline.settings import DatabaseSettings, Settings, StoreSettings
from pipeline.tracing import new_traceparent
from pipeline.uploading import NewUpload
from pipeline.video import StepState
from tests.servers import PostgresServer, RabbitServer

_ENOUGH = 0.9
"""The part of ideal that is asked for at 100 workers."""


@dataclass(frozen=True)
class Finished:
    workers: int
    seconds: float
    ideal: float

    @property
    def part(self) -> float:
        return self.ideal / self.seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=5000)
    parser.add_argument("--videos", type=int, default=1, help="that the chunks belong to")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--wait", type=float, default=4.0, help="seconds on average")
    parser.add_argument("--processes", type=int, default=4, help="that the workers are shared out over")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    asked = parser.parse_args()
    configure(Settings(log_level="error"), process="scale")
    before = machine()
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name, servers(Path(name)) as started:
        scale = Scale(*started, Path(name), asked.database, asked.processes)
        finished = [scale.run(asked.chunks, asked.videos, workers, asked.wait) for workers in asked.workers]
    print(f"{before}, RabbitMQ and {asked.database} on the same machine, {asked.processes} processes")
    print(f"{asked.chunks} chunks of {asked.videos} videos, {asked.wait} s on average\n\n{figures(finished)}")
    return 0 if all(each.part >= _ENOUGH for each in finished) else 1


def figures(finished: Sequence[Finished]) -> str:
    return table(
        ("workers", "seconds", "ideal", "part of ideal"),
        [(each.workers, f"{each.seconds:.1f}", f"{each.ideal:.1f}", f"{each.part:.2f}") for each in finished],
    )


def ideal(chunks: int, videos: int, workers: int, wait: float) -> float:
    """Of `chunks` in all, shared out evenly."""
    return videos * sum(wait_of(number, wait) for number in range(chunks // videos)) / workers


class Scale:
    def __init__(
        self, rabbit: RabbitServer, postgres: PostgresServer, folder: Path, database: str, processes: int
    ) -> None:
        self._rabbit = rabbit
        self._postgres = postgres
        self._folder = folder
        self._database = database
        self._processes = processes

    def run(self, chunks: int, videos: int, workers: int, wait: float) -> Finished:
        settings = self._settings(workers)
        migrate(settings.database)
        with _working(settings, _shares(workers, self._processes), wait):
            seconds = asyncio.run(_finished(settings, chunks // videos, videos, wait))
        return Finished(workers, seconds, ideal(chunks, videos, workers, wait))

    def _settings(self, workers: int) -> Settings:
        of_its_own = f"sqlite:///{self._folder}/{workers}.db"
        url = self._postgres.new_database() if self._database == "postgresql" else of_its_own
        broker = {"url": self._rabbit.amqp_url(self._rabbit.new_vhost())}
        return Settings(
            database=DatabaseSettings(url=url),
            broker=BrokerSettings.model_validate(broker),
            store=StoreSettings.model_validate({"secret_key": "nothing is stored"}),
            log_level="error",
        )


def _shares(workers: int, processes: int) -> list[int]:
    """As even as can be; none for nobody."""
    shares = [workers // processes + (number < workers % processes) for number in range(processes)]
    return [share for share in shares if share]


@contextmanager
def _working(settings: Settings, shares: Sequence[int], wait: float) -> Iterator[None]:
    """The processes of the workers, all of them ready."""
    environment = os.environ | {
        "REELMILL_DATABASE__URL": settings.database.url,
        "REELMILL_BROKER__URL": settings.broker.url.get_secret_value(),
        "REELMILL_STORE__SECRET_KEY": "nothing is stored",
        "REELMILL_LOG_LEVEL": "error",
    }
    started: list[subprocess.Popen[bytes]] = []
    try:
        for share in shares:
            command = (sys.executable, "-m", "bench.simulated", str(share), str(wait))
            started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
        for worker in started:
            assert worker.stdout is not None
            worker.stdout.readline()
        yield
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


async def _finished(settings: Settings, chunks: int, videos: int, wait: float) -> float:
    """Seconds from the uploads until the last video is transcoded; plan, join and relay run here."""
    async with open_services(settings, stages(chunks, wait)) as services:
        await services.bus.ready()
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(work)
                for work in (
                    relay(services.bus, services.ledger, settings.relay, this_process()),
                    runner(services, "transcode").run(),
                    runner(services, "join").run(),
                )
            ]
            loop = asyncio.get_running_loop()
            began = loop.time()
            ids = [await _uploaded(services, number) for number in range(videos)]
            for video_id in ids:
                await _transcoded(services, video_id)
            seconds = loop.time() - began
            for task in beside:
                task.cancel()
        return seconds


async def _uploaded(services: Services, number: int) -> str:
    begun = await services.ledger.begin(NewUpload(filename=f"{number}.mp4"))
    accepted = await services.ledger.accept(begun.video.id, 1, new_traceparent())
    await outbox.publish(services.bus, services.ledger, accepted)
    return begun.video.id


async def _transcoded(services: Services, video_id: str) -> None:
    while True:
        _, steps = await services.ledger.video(video_id)
        if any(step.stage == "transcode" and step.state == StepState.DONE for step in steps):
            return
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
