"""Last uploaded byte to ready, against a bare ffmpeg making the same: `python -m bench.overhead CLIP`.

The two take turns; the figure is the median of the ratios, pair by pair.
"""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.encode import recipe_of
from bench.first_frame import Upload
from bench.report import rotated
from tests.installation import Installation
from workers.media.allowed import guarded_input
from workers.media.hls import Recipe, command


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--at-most", type=float, default=1.15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recipe = asyncio.run(recipe_of(asked.clip))
        installation = Installation(Path(folder) / "data").start()
        try:
            bare = partial(_bare, recipe, asked.clip, Path(folder) / "bare")
            whole = partial(_whole, installation, asked.clip)
            ratios = [_pair(bare, whole, run) for run in range(asked.runs)]
        finally:
            installation.close()
    median = statistics.median(ratios)
    print(
        f"ratio: median {median:.3f}, from {min(ratios):.3f} to {max(ratios):.3f}, over {len(ratios)} pairs"
    )
    return 0 if median <= asked.at_most else 1


def _pair(bare_run: Callable[[], float], whole_run: Callable[[], float], run: int) -> float:
    runs = {"bare": bare_run, "whole": whole_run}
    took = {name: runs[name]() for name in rotated(list(runs), run)}
    bare, whole = took["bare"], took["whole"]
    print(f"bare ffmpeg {bare:6.2f} s   upload to ready {whole:6.2f} s   ratio {whole / bare:.3f}")
    return whole / bare


def _bare(recipe: Recipe, clip: Path, folder: Path) -> float:
    for name in recipe.names:
        (folder / name).mkdir(parents=True)
    asked = command(recipe.whole, guarded_input(str(clip)), folder, zscale=True)
    started = time.monotonic()
    subprocess.run(asked, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    shutil.rmtree(folder)
    return seconds


def _whole(installation: Installation, clip: Path) -> float:
    upload = Upload(clip)
    asked = {"filename": clip.name}
    answer = installation.client.post("/v1/videos", params=asked, content=upload.blocks(), timeout=300)
    installation.wait_until(str(answer.raise_for_status().json()["id"]), "ready", within=900)
    return time.monotonic() - upload.ended


if __name__ == "__main__":
    sys.exit(main())
