"""Every failpoint, killed at so many times: nothing accepted is lost, nothing happens twice, nothing is left
over. `./reelmill chaos failpoints --deaths 20 --database sqlite`."""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.report import table
from chaos.killing import (
    IN_A_REPLAY,
    IN_A_RESUMED_UPLOAD,
    IN_A_WORKER,
    IN_AN_ENCODER,
    IN_THE_API,
    IN_THE_SWEEP,
    Killed,
    killed_at,
)
from chaos.parts import parts
from pipeline.failpoints import NAMES
from pipeline.logging import configure
from pipeline.settings import Settings
from tests.media import H264, make_clip

ALL = (*IN_A_WORKER, *IN_AN_ENCODER, *IN_THE_API, *IN_A_RESUMED_UPLOAD, *IN_A_REPLAY, *IN_THE_SWEEP)
assert set(ALL) == NAMES, "every failpoint has its place here"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./reelmill chaos failpoints", description=__doc__)
    parser.add_argument("--deaths", type=int, default=20)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--point", choices=ALL, action="append")
    asked = parser.parse_args(arguments)
    configure(Settings(log_level="critical"), process="chaos")
    wrong = False
    for database in asked.database or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="reelmill-killed-") as name:
            killed = asyncio.run(run(asked.point or ALL, asked.deaths, Path(name), database, _tell))
        _tell(f"\n{database}\n{summary(killed)}")
        wrong = wrong or any(one.wrong or one.died < asked.deaths for one in killed)
    return int(wrong)


async def run(
    names: Sequence[str], deaths: int, folder: Path, database: str, tell: Callable[[str], None]
) -> list[Killed]:
    clip = make_clip(folder / "clip.mp4", *H264, size="64x48", rate="10", seconds=2)
    killed: list[Killed] = []
    with parts(folder, database) as opened:
        for name in names:
            killed.append(await killed_at(name, deaths, opened(), clip))
            tell(f"{name}: died {killed[-1].died} times, {len(killed[-1].wrong)} wrong")
    return killed


def summary(killed: Sequence[Killed]) -> str:
    rows = [(one.point, one.died, one.videos, f"{one.seconds:.0f}", len(one.wrong)) for one in killed]
    wrong = [f"{one.point}: {what}" for one in killed for what in one.wrong]
    return "\n".join([table(("failpoint", "deaths", "videos", "seconds", "wrong"), rows), *wrong])


def _tell(said: str) -> None:
    print(said, flush=True)
