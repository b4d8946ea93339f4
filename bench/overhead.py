"""Last uploaded byte to ready, against bare ffmpegs: `python -m bench.overhead CLIP`.

Against the one pass that one types by hand, and against the very command that our worker runs. They take
turns; the figures are the medians of the ratios, run by run.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.encode import recipe_of
from bench.first_frame import Upload
from bench.ladders import Way, bare, ours
from bench.report import Figures, machine, rotated, table
from tests.installation import Installation

_UPLOAD = "upload to ready"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--at-most", type=float, default=1.15, help="of the one pass")
    asked = parser.parse_args()
    clip, before = asked.clip.resolve(), machine()
    recipe = asyncio.run(recipe_of(clip))
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as folder:
        installation = Installation(Path(folder) / "data", {}).start()  # as a user has it
        ways: dict[str, Callable[[], float]] = {
            "bare one pass": partial(_alone, bare(recipe, clip)),
            "our command, bare": partial(_alone, ours(recipe, clip)),
            _UPLOAD: partial(_whole, installation, clip),
        }
        try:
            took = _in_turns(ways, asked.runs)
        finally:
            installation.close()
    print(f"{before}\n{clip.name}, median (lowest-highest) of {asked.runs}\n\n{_told(took)}")
    return 0 if took[_UPLOAD].over(took["bare one pass"]).median <= asked.at_most else 1


def _in_turns(ways: dict[str, Callable[[], float]], runs: int) -> dict[str, Figures]:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs):
        for name in rotated(list(ways), run):
            took[name].append(ways[name]())
    return {name: Figures(tuple(seconds)) for name, seconds in took.items()}


def _told(took: dict[str, Figures]) -> str:
    whole = took[_UPLOAD]
    rows = [(name, each.shown(1), whole.over(each).shown(3)) for name, each in took.items()]
    return table(("way", "seconds", f"{_UPLOAD} over it"), rows)


def _alone(way: Way) -> float:
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name:
        return way.run(Path(name)).wall


def _whole(installation: Installation, clip: Path) -> float:
    upload = Upload(clip)
    asked = {"filename": clip.name}
    answer = installation.client.post("/v1/videos", params=asked, content=upload.blocks(), timeout=300)
    installation.wait_until(str(answer.raise_for_status().json()["id"]), "ready", within=900)
    return time.monotonic() - upload.ended


if __name__ == "__main__":
    sys.exit(main())
