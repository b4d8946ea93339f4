"""Workers are stopped (SIGSTOP) past their lease and woken (SIGCONT) after others took over: none commits
late, and what they wrote is named by nobody and gone. `./reelmill chaos stops --seed 1 --stops 100`."""

import argparse
import asyncio
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlmodel import Session, col, select

from bench.report import table
from chaos import slow_worker
from chaos.parts import parts
from pipeline.adapters.database.tables import ChunkRow, EventRow, InboxRow
from pipeline.logging import configure
from pipeline.relay import relay
from pipeline.settings import Settings
from pipeline.sweep import Sweep
from pipeline.topology import work_queue
from pipeline.video import Step, Video
from tests.chain import Chain, eventually
from tests.integration.modules import running
from tests.real_parts import opened_chain

_WORKERS = 10
_VIDEOS_AT_ONCE = 10
_OVERTAKEN_SECONDS = 15
"""After that the stopped worker is woken whatever happened: it may have been stopped within a transaction,
and nobody gets past it."""
_SETTLE_SECONDS = 120
_LEASE = "PT2S"


@dataclass(frozen=True)
class Held:
    """A job as a worker had it when it was stopped."""

    video: str
    stage: str
    event: str
    fence: int


@dataclass
class Report:
    stops: int = 0
    overtaken: list[Held] = field(default_factory=list)
    """Jobs that another worker had before the stopped one woke."""
    kept: int = 0
    """Jobs that nobody had taken over when it woke."""
    stuck: int = 0
    """Stops in which the job was not taken over in time."""
    videos: int = 0
    wrong: list[str] = field(default_factory=list)


async def run(
    settings: Settings,
    seed: int,
    stops: int,
    tell: Callable[[str], None] = lambda _: None,
    *,
    workers: int = _WORKERS,
) -> Report:
    async with AsyncExitStack() as stack:
        chain = await stack.enter_async_context(opened_chain(settings, slow_worker.table()))
        rig = _Rig(chain, random.Random(f"stops {seed}"), stops, tell)
        environment = {
            "REELMILL_WORK__LEASE": _LEASE,
            "REELMILL_BROKER__HEARTBEAT": "1",
            # Half of the workers sleep: a job that meets five of them, before one wakes, looks like poison.
            "REELMILL_WORK__MAX_CRASHES": "1000",
        }
        for _ in range(workers):
            worker = running(
                "chaos.slow_worker", settings=settings, **environment, REELMILL_LOG_LEVEL="critical"
            )
            rig.processes.append(await stack.enter_async_context(worker))
        return await rig.run()


class _Rig:
    def __init__(self, chain: Chain, chance: random.Random, wanted: int, tell: Callable[[str], None]) -> None:
        self.processes: list[asyncio.subprocess.Process] = []
        self._chain = chain
        self._chance = chance
        self._wanted = wanted
        self._tell = tell
        self._engine: Engine = create_engine(chain.settings.database.url)
        self._stopped: set[int] = set()
        self._videos: list[str] = []
        self._report = Report()

    @property
    def workers(self) -> list[int]:
        return [process.pid for process in self.processes if process.returncode is None]

    async def run(self) -> Report:
        chain = self._chain
        relaying = asyncio.create_task(relay(chain.bus, chain.ledger, chain.settings.relay, "the rig"))
        feeding = asyncio.create_task(self._feed())
        try:
            await asyncio.gather(*(self._stop_and_wake() for _ in range(len(self.processes) // 2)))
            feeding.cancel()
            await eventually(self._all_are_ready, _SETTLE_SECONDS)
        except AssertionError:
            self._report.wrong += [await self._waits_for(video) for video in await self._late()]
        finally:
            feeding.cancel()
            relaying.cancel()
            for pid in self.workers:
                os.kill(pid, signal.SIGCONT)
        self._report.wrong += [await _end_of(process) for process in self.processes if process.returncode]
        await self._judge()
        self._engine.dispose()
        return self._report

    async def _feed(self) -> None:
        while True:
            if len(await self._late()) < _VIDEOS_AT_ONCE:
                self._videos.append(await self._chain.upload(f"{len(self._videos)}.mp4"))
            await asyncio.sleep(0.1)

    async def _stop_and_wake(self) -> None:
        while self._report.stops < self._wanted:
            pid = self._chance.choice([pid for pid in self.workers if pid not in self._stopped])
            held = await asyncio.to_thread(self._held_by, pid)
            if not held:
                await asyncio.sleep(0.05)
                continue
            self._report.stops += 1
            self._stopped.add(pid)
            os.kill(pid, signal.SIGSTOP)
            try:
                # Looked at again: one that ended or began in between is not the one that was stopped.
                await self._until_overtaken(await asyncio.to_thread(self._held_by, pid))
                await asyncio.sleep(self._chance.choice((0.0, 0.3, 1.0, 3.0)))
            finally:
                if pid in self.workers:
                    os.kill(pid, signal.SIGCONT)
                self._stopped.discard(pid)
            self._tell(f"stop {self._report.stops}: {len(self._report.overtaken)} jobs were overtaken")

    async def _until_overtaken(self, held: Sequence[Held]) -> None:
        left = set(held)
        deadline = time.monotonic() + _OVERTAKEN_SECONDS
        while left and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            taken = {one for one in left if await asyncio.to_thread(self._fence_of, one) > one.fence}
            self._report.overtaken += taken
            # What was being committed when the stop came is over, and nobody's to take.
            left = set(await asyncio.to_thread(self._still_running, left - taken))
        self._report.kept += len(left)
        self._report.stuck += bool(left)

    def _held_by(self, pid: int) -> list[Held]:
        mine = col(InboxRow.host).contains(f":{pid}")
        with Session(self._engine) as session:
            rows = session.exec(select(InboxRow).where(InboxRow.state == "running", mine)).all()
            ours = [row for row in rows if (row.host or "").partition(":")[2].partition("/")[0] == str(pid)]
            return [Held(row.video_id or "", row.stage, row.event_id, row.fence) for row in ours]

    def _still_running(self, held: set[Held]) -> list[Held]:
        with Session(self._engine) as session:
            rows = {one: session.get(InboxRow, (one.stage, one.event)) for one in held}
            return [one for one, row in rows.items() if row is not None and row.state == "running"]

    def _fence_of(self, held: Held) -> int:
        with Session(self._engine) as session:
            row = session.get(InboxRow, (held.stage, held.event))
            return row.fence if row is not None else 0

    async def _late(self) -> list[str]:
        def asked() -> list[str]:
            with Session(self._engine) as session:
                open_steps = select(Step).where(Step.video_id == Video.id, Step.state != "done").exists()
                wanted = col(Video.id).in_(self._videos) & ((col(Video.status) != "ready") | open_steps)
                return list(session.exec(select(Video.id).where(wanted)))

        return await asyncio.to_thread(asked)

    async def _waits_for(self, video: str) -> str:
        """Where one that was not ready in time is: its rows, and what lies in the queues of its stages."""
        open_rows, untold = await asyncio.to_thread(self._open_of, video)
        stages = [stage.name for stage in self._chain.stages]
        queued = {name: await self._chain.bus.depth(work_queue(name)) for name in stages}
        lying = {name: depth for name, depth in queued.items() if depth}
        within = f"{video} was not ready in {_SETTLE_SECONDS} s"
        return f"{within}: jobs {open_rows}, unpublished {untold}, queued {lying}"

    def _open_of(self, video: str) -> tuple[list[str], list[str]]:
        with Session(self._engine) as session:
            its_own = select(InboxRow).where(InboxRow.video_id == video, InboxRow.state != "done")
            rows = [f"{row.stage} {row.state} fence {row.fence}" for row in session.exec(its_own)]
            told = select(EventRow).where(EventRow.video_id == video, col(EventRow.published_at).is_(None))
            return rows, [f"{row.kind} {row.type}" for row in session.exec(told)]

    async def _all_are_ready(self) -> bool:
        return not await self._late()

    async def _judge(self) -> None:
        report, chain = self._report, self._chain
        report.videos = len(self._videos)
        sweep = Sweep(chain.bus, chain.store, chain.ledger, chain.stages, chain.settings)
        await asyncio.sleep(1.5)  # those who were woken last notice it by their next heartbeat
        await sweep.once()
        lost = {f"{one.video}/1/{_step(chain, one.stage)}/{one.fence}/" for one in report.overtaken}
        for one in report.overtaken:
            if await asyncio.to_thread(self._counts, one):
                report.wrong.append(f"{one} counts though it was overtaken")
        for video in self._videos:
            for info in await chain.store.list(f"{video}/"):
                if any(info.key.startswith(prefix) for prefix in lost):
                    report.wrong.append(f"{info.key} was left by one who was overtaken")
        report.wrong += await asyncio.to_thread(self._spent)

    def _counts(self, held: Held) -> bool:
        """Whether anything that the rows name is from under its fence."""
        with Session(self._engine) as session:
            row = session.get(InboxRow, (held.stage, held.event))
            chunks = session.exec(select(ChunkRow).where(ChunkRow.video_id == held.video)).all()
            steps = session.exec(select(Step).where(Step.video_id == held.video)).all()
            fences = [
                row.fence if row else None,
                *(one.fence for one in chunks),
                *(one.fence for one in steps),
            ]
            return held.fence in fences

    def _spent(self) -> list[str]:
        with Session(self._engine) as session:
            rows = session.exec(select(InboxRow).where(InboxRow.failures > 0)).all()
            return [f"{row.stage} of {row.video_id} spent {row.failures} attempts" for row in rows]


async def _end_of(process: asyncio.subprocess.Process) -> str:
    said = await process.stdout.read() if process.stdout else b""
    return f"a worker ended with {process.returncode}: {said.decode(errors='replace')[-3000:]}"


def _step(chain: Chain, stage: str) -> str:
    return next(one.step for one in chain.stages if one.name == stage)


def summary(report: Report) -> str:
    head = ("stops", "jobs overtaken", "not taken over", "videos", "wrong")
    row = (report.stops, len(report.overtaken), report.kept, report.videos, len(report.wrong))
    return "\n".join([table(head, [row]), *report.wrong])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./reelmill chaos stops", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args(arguments)
    configure(Settings(log_level="critical"), process="chaos")
    wrong = False
    for database in asked.database or ("sqlite", "postgresql"):
        with (
            tempfile.TemporaryDirectory(prefix="reelmill-stopped-") as name,
            parts(Path(name), database) as opened,
        ):
            report = asyncio.run(run(opened(), asked.seed, asked.stops, lambda said: print(said, flush=True)))
        print(f"\n{database}, seed {asked.seed}\n{summary(report)}", flush=True)
        wrong = wrong or bool(report.wrong)
    return int(wrong)
