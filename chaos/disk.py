"""Full disks, at random points of each stage: real handlers and runner, a real store. The scratch disk or the
store's is full for an attempt and free for the next. `./reelmill chaos disk --seed 1 --points 10`.

Every failed attempt must say that the disk is full, none may count, and what comes out must be whole.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from bench.report import table
from chaos.narrow import Gate, Point
from chaos.small_disk import SmallDisk, small_disk
from cli.conformance.decoding import check_decoding
from cli.conformance.inspection import inspect
from cli.conformance.places import Folder
from pipeline.adapters.database import Database
from pipeline.adapters.database.migrate import migrate
from pipeline.adapters.memory_bus import MemoryBus
from pipeline.adapters.store import S3Store
from pipeline.logging import configure
from pipeline.relay import relay_once
from pipeline.settings import Settings
from pipeline.stage import Stage
from pipeline.topology import derive, work_queue
from tests.chain import SHORT_RUNGS, Chain, always, eventually
from tests.media import H264, make_clip
from tests.servers import S3Server
from workers.stages import build

SCRATCH, STORE = "scratch", "store"
EXPECTED = {SCRATCH: {"scratch_full"}, STORE: {"store_unavailable", "upload_forgotten"}}
"""What an attempt may say that met the full disk."""
_SIZE = 96 * 1024**2
_MOST_ROUNDS = 12
_STAGE_SECONDS = 120


@dataclass
class Report:
    points: list[Point] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """What attempts that failed were said to have failed for, by stage."""
    wrong: list[str] = field(default_factory=list)


async def run(
    which: str, seed: int, count: int, tell: Callable[[str], None] = lambda _: None, *, short: bool = False
) -> Report:
    """`count` points of each stage that writes to that disk; `short` leaves out the chunks of long videos."""
    with small_disk(_SIZE) as scratch, small_disk(_SIZE) as stored, tempfile.TemporaryDirectory() as name:
        store = S3Server(stored.folder)
        store.start()
        try:
            disk, folder = scratch if which == SCRATCH else stored, Path(name)
            clips = [_ragged(folder / "ragged.ts"), *(() if short else (_long(folder / "long.mp4"),))]
            return await _Rig(which, folder, scratch, store, Gate(disk), tell, clips).run(seed, count)
        finally:
            store.kill()


@dataclass
class _Rig:
    which: str
    folder: Path
    scratch: SmallDisk
    store: S3Server
    gate: Gate
    tell: Callable[[str], None]
    clips: Sequence[Path]

    async def run(self, seed: int, count: int) -> Report:
        report = Report()
        async with self._opened() as chain:
            await self._round(chain, report)
            self.tell(f"written at most, in bytes: {self.gate.peaks}")
            self.gate.points = _drawn(seed, count, self.gate.peaks)
            for _ in range(_MOST_ROUNDS):
                if not any(self.gate.points.values()):
                    break
                await self._round(chain, report)
        report.points, report.reasons = self.gate.met, self.reasons()
        left = {name: len(points) for name, points in self.gate.points.items() if points}
        report.wrong += [f"{name}: {number} points were not tried" for name, number in left.items()]
        report.wrong += self._misjudged()
        return report

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Chain]:
        settings = self._settings()
        migrate(settings.database)
        stages = tuple(self.gate.narrowed(stage) for stage in build(settings))
        database, store = Database(settings, stages), S3Store(settings.store)
        try:
            yield Chain(settings, stages, MemoryBus(derive(stages, SHORT_RUNGS)), store, database)
        finally:
            store.close()
            await database.close()

    def _settings(self) -> Settings:
        said = {
            "database": {"url": f"sqlite:///{self.folder}/reelmill.db"},
            "store": {
                "endpoint": self.store.endpoint,
                "access_key": self.store.access_key,
                "secret_key": self.store.secret_key,
                "bucket": self.store.new_bucket(),
            },
            "work": {"rungs": SHORT_RUNGS, "scratch": str(self.scratch.folder)},
            "media": {"download": True, "ladder": [96, 48]},
        }
        return Settings.model_validate(said)

    async def _round(self, chain: Chain, report: Report) -> None:
        """One stage at a time: what it meets is then its own."""
        videos = [await chain.upload_file(clip) for clip in self.clips]
        worked = True
        while worked:
            worked = False
            for stage in chain.stages:
                if await chain.bus.depth(work_queue(stage.name)):
                    await self._worked_off(chain, stage)
                    worked = True
        self.gate.disk.relieve()
        self.tell("a round is over")
        for video in videos:
            report.wrong += [f"{video}: {what}" for what in await self._faults(chain, video)]

    async def _worked_off(self, chain: Chain, stage: Stage) -> None:
        async def is_over() -> bool:
            return not await chain.bus.depth(work_queue(stage.name)) and not self._under_way(stage.name)

        async with chain.running(stage.name):
            await eventually(is_over, _STAGE_SECONDS)
            await asyncio.sleep(0.1)  # a delivery that is being claimed is in neither
            await eventually(is_over, _STAGE_SECONDS)
        # What a runner had not published when it was stopped.
        await relay_once(chain.bus, chain.ledger, timedelta(0), always)

    def _under_way(self, stage: str) -> bool:
        asked = "SELECT 1 FROM inbox WHERE stage = ? AND state IN ('running', 'waiting')"
        return bool(self._rows(asked, stage))

    def _misjudged(self) -> list[str]:
        """Attempts that were counted, and reasons that do not name the disk."""
        counted = self._rows("SELECT stage, failures, crashes FROM inbox WHERE failures > 0 OR crashes > 0")
        wrong = [
            f"{stage}: {failures} attempts and {crashes} crashes counted"
            for stage, failures, crashes in counted
        ]
        reasons = self.reasons()
        for stage, codes in reasons.items():
            said = [point.said for point in self.gate.met if point.stage == stage and point.said]
            pairs = zip_longest(codes, said, fillvalue="?")
            wrong += [
                f"{stage} gave {code} for {what}" for code, what in pairs if code not in EXPECTED[self.which]
            ]
        return wrong

    def reasons(self) -> dict[str, list[str]]:
        """The code of each retry and dead letter, by stage and in order."""
        found: dict[str, list[str]] = defaultdict(list)
        rows = self._rows("SELECT stage, headers FROM event WHERE kind IN ('retry', 'dead') ORDER BY seq")
        for stage, headers in rows:
            found[str(stage)].append(json.loads(str(headers)).get("reelmill-code", ""))
        return found

    async def _faults(self, chain: Chain, video_id: str) -> list[str]:
        video, steps = await chain.video(video_id)
        faults = [
            f"{name} is {step.state}: {step.error}" for name, step in steps.items() if step.state != "done"
        ]
        if video.status != "ready":
            return [f"it is {video.status}: {video.error}", *faults]
        bucket = self.store.folder / chain.settings.store.bucket
        done = inspect(Folder(), str(bucket / video.playback["hls"]))
        if done.tree:
            for rendition in done.tree.renditions.values():
                done.findings += check_decoding(Folder(), rendition)
        faults += [
            f"{one.code} in {one.where}: {one.said}" for one in done.findings if one.severity == "error"
        ]
        keys = [*video.playback["posters"].values(), video.playback["preview"], video.playback["download"]]
        keys.append(str(Path(video.playback["storyboard"]).with_name("sheet-0.jpg")))
        return faults + [f"{key}: {said}" for key in keys if (said := _undecodable(bucket / key))]

    def _rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "reelmill.db", timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()


def _ragged(path: Path) -> Path:
    """No browser plays it and nothing finds its way in it: it is copied first, and has a lead."""
    return make_clip(path, *H264, "-g", "25", seconds=13, size="128x96")


def _long(path: Path) -> Path:
    """Sound and chunks apart."""
    options = (*H264, "-g", "20", "-movflags", "+faststart")
    return make_clip(path, *options, seconds=70, size="128x96", rate="10")


def _drawn(seed: int, count: int, peaks: Mapping[str, int]) -> dict[str, list[int]]:
    chance = random.Random(f"disk {seed}")
    return {name: [chance.randrange(peak) for _ in range(count)] for name, peak in sorted(peaks.items())}


def _undecodable(file: Path) -> str:
    command = ("ffmpeg", "-nostdin", "-v", "error", "-i", str(file), "-f", "null", "-")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.stderr.strip()[:200] or ("it cannot be decoded" if ran.returncode else "")


def summary(report: Report) -> str:
    rows = []
    for stage in dict.fromkeys(point.stage for point in report.points):
        of_it = [point for point in report.points if point.stage == stage]
        codes = sorted(set(report.reasons.get(stage, [])))
        rows.append((stage, len(of_it), sum(not point.said for point in of_it), ", ".join(codes)))
    return table(("stage", "points", "enough", "else it said"), rows)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./reelmill chaos disk", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=10)
    asked = parser.parse_args(arguments)
    configure(Settings(log_level="critical"), process="chaos")
    wrong = False
    for which in (SCRATCH, STORE):
        report = asyncio.run(run(which, asked.seed, asked.points, print))
        print(f"\nthe {which} disk, seed {asked.seed}\n{summary(report)}")
        print("\n".join(report.wrong) or "nothing wrong", flush=True)
        wrong = wrong or bool(report.wrong)
    return int(wrong)
