"""Last uploaded byte to playable, for short and long sources, as browsers play them and not:
`python -m bench.first_frame`.

It starts an installation of its own. Every run takes all sources in turn, each with the machine to itself.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.cost import cost_of
from bench.report import Figures, machine, rotated, table
from bench.sources import Clip, made
from pipeline.events import ChunkRequested, Envelope, HeadRequested, VideoUploaded
from pipeline.settings import Settings
from tests.installation import Installation
from tests.processes import descendants, eventually
from workers.media.allowed import guarded_input
from workers.media.hls import command
from workers.media.recipe import recipe_from
from workers.stages import names

_WITHIN = 1.0
"""Seconds that are asked for, beside the first chunk where there has to be one."""
_POLL = 0.02
"""Seconds. A page that waits asks less often; this is what there is to see for one that asks at once."""
_BLOCK = 1024 * 1024
_LONGEST = 300
"""Seconds after which a source is given up."""


@dataclass(frozen=True)
class Seen:
    client: float
    """Seconds from the last byte handed to the socket until an answer said `playable`."""
    server: float
    """From the upload being accepted until `playable_at`, both by the database's clock."""
    chunk: float
    """That the bare command of the leading rendition's first chunk took; 0 for what needs none."""


@dataclass
class Measured:
    clip: Clip
    seen: list[Seen] = field(default_factory=list)

    def figures(self, name: str) -> Figures:
        return Figures(tuple(getattr(one, name) for one in self.seen))

    @property
    def beside_chunk(self) -> Figures:
        return Figures(tuple(one.client - one.chunk for one in self.seen))

    @property
    def allowed(self) -> float:
        return _WITHIN + self.figures("chunk").median

    @property
    def holds(self) -> bool:
        return self.figures("client").median <= self.allowed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, nargs="+", default=[10, 60, 600, 3600], help="lengths")
    parser.add_argument("--folder", type=Path, help="with room for 7 GB; the system's temporary one else")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-", dir=asked.folder) as name:
        clips = made(Path(name), asked.seconds)
        before = machine()
        installation = Installation(Path(name) / "data", {}).start()
        try:
            measured = measure(installation, clips, asked.runs)
        finally:
            installation.close()
        told = figures(measured)  # while the clips are there
    print(f"{before}, all on the same machine, median (lowest-highest) of {asked.runs}\n\n{told}\n")
    missed = misses(measured)
    print("\n".join(missed) or "Every source is playable as soon as is asked.")
    return 1 if missed else 0


def measure(installation: Installation, clips: Sequence[Clip], runs: int) -> list[Measured]:
    measured = {str(clip.path): Measured(clip) for clip in clips}
    for run in range(runs):
        for name in rotated(list(measured), run):
            each = measured[name]
            each.seen.append(first_frame(installation, each.clip))
            print(f"{each.clip.path.name}: {each.seen[-1]}", file=sys.stderr, flush=True)
    return list(measured.values())


def first_frame(installation: Installation, clip: Clip) -> Seen:
    """Leaves the machine idle, and nothing of the video behind."""
    wait_until_idle(installation)
    upload = Upload(clip.path)
    answer = installation.client.post(
        "/v1/videos", params={"filename": clip.path.name}, content=upload.blocks(), timeout=1800
    )
    video_id = str(answer.raise_for_status().json()["id"])
    playable = wait_until_playable(installation, video_id)
    seconds = time.monotonic() - upload.ended
    told = installation.client.get(f"/v1/videos/{video_id}/events").raise_for_status().json()["items"]
    asked = None if clip.kind.web_safe else _asked(installation, video_id)
    installation.client.delete(f"/v1/videos/{video_id}").raise_for_status()
    wait_until_idle(installation)
    accepted = _moment(_first(told, VideoUploaded.topic)["time"])
    chunk = bare_chunk(asked, clip.path) if asked else 0.0
    return Seen(seconds, (_moment(playable["playable_at"]) - accepted).total_seconds(), chunk)


class Upload:
    """The file in blocks, and when the last of them had been handed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ended = 0.0

    def blocks(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
                self.ended = time.monotonic()


def wait_until_playable(installation: Installation, video_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + _LONGEST
    while not (video := installation.video(video_id))["playable"]:
        assert video["status"] != "failed", video["error"]
        assert time.monotonic() < deadline, f"not playable within {_LONGEST} s: {video}"
        time.sleep(_POLL)
    return video


def wait_until_idle(installation: Installation) -> None:
    """No job is held, and no tool of a worker runs."""
    eventually(lambda: not _held(installation) and not _tools(installation), within=_LONGEST)


def bare_chunk(asked: ChunkRequested, clip: Path) -> float:
    """Seconds for the same command that a worker ran, on the file itself and with nothing around it."""
    part = recipe_from(asked.recipe).part(asked.renditions, asked.first, asked.until)
    folder = clip.with_suffix(".chunk")
    for name in part.names:
        (folder / name).mkdir(parents=True)
    try:
        return cost_of(command(part, guarded_input(str(clip)), Path(), zscale=True), folder).wall
    finally:
        shutil.rmtree(folder)


def figures(measured: Sequence[Measured]) -> str:
    head = (
        "source",
        "s",
        "MB",
        "playable s",
        "server's clock",
        "first chunk bare",
        "beside it",
        "of allowed",
    )
    return table(
        head,
        [
            (
                each.clip.kind.name,
                each.clip.seconds,
                f"{each.clip.size / 1e6:.0f}",
                each.figures("client").shown(),
                each.figures("server").shown(),
                "none" if each.clip.kind.web_safe else each.figures("chunk").shown(),
                each.beside_chunk.shown(),
                f"{each.figures('client').median / each.allowed:.2f}",
            )
            for each in measured
        ],
    )


def misses(measured: Sequence[Measured]) -> list[str]:
    """What is not playable soon enough, in words."""
    return [
        f"{each.clip.seconds} s of {each.clip.kind.name}: playable after "
        f"{each.figures('client').median:.2f} s, not {each.allowed:.2f} s."
        for each in measured
        if not each.holds
    ]


def _held(installation: Installation) -> int:
    [[count]] = _read(installation, "SELECT count(*) FROM inbox WHERE state = 'running'")
    return int(count)


def _asked(installation: Installation, video_id: str) -> ChunkRequested:
    """The first that was asked for of the head, with its recipe, which the API keeps to itself."""
    [[body], *_] = _read(
        installation,
        "SELECT body FROM event WHERE video_id = ? AND type = ? ORDER BY seq",
        video_id,
        HeadRequested.type(),
    )
    return ChunkRequested.model_validate(Envelope.decode(body).data)


def _read(installation: Installation, query: str, *values: str) -> list[Any]:
    database = installation.folder / "reelmill.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        return connection.execute(query, values).fetchall()


def _tools(installation: Installation) -> set[int]:
    return set().union(*(descendants(pid) for pid in _workers(installation)))


def _workers(installation: Installation) -> list[int]:
    """Their processes, beside which there are servers that have children of their own."""
    return [pid for name, pid in installation.pids.items() if name in names(Settings())]


def _first(told: Sequence[dict[str, Any]], topic: str) -> dict[str, Any]:
    return next(entry for entry in told if entry["type"] == topic)


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


if __name__ == "__main__":
    sys.exit(main())
