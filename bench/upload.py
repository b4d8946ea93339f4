"""Uploads against a raw multipart PUT through the same SDK to the same store: `python -m bench.upload`.

It starts an installation of its own. The two take turns; the ratio is the median of those pair by pair.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.memory import forget_peak, peak
from bench.padding import padded
from bench.report import Figures, machine, rotated, table
from pipeline.settings import UploadSettings
from tests.installation import Installation
from tests.media import make_clip

_MIB = 1024**2


@dataclass(frozen=True)
class Sent:
    rate: float
    """MB/s, of a million bytes."""
    peak: float
    """MiB that the process held at most meanwhile: of ours the API, of the other the program itself."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reelmill-bench-") as name:
        clip = make_clip(Path(name) / "clip.mp4", "-pix_fmt", "yuv420p")
        installation = Installation(Path(name) / "data").start()
        try:
            sent = measure(installation, clip, asked.megabytes * _MIB, asked.runs)
        finally:
            installation.close()
    print(f"{machine()}, {asked.megabytes} MiB, median (lowest-highest) of {asked.runs}\n\n{figures(sent)}")
    return 0


def measure(installation: Installation, clip: Path, padding: int, runs: int) -> dict[str, list[Sent]]:
    ways = {"upload": through_api, "raw": raw}
    sent: dict[str, list[Sent]] = {name: [] for name in ways}
    for run in range(runs):
        for name in rotated(list(ways), run):
            sent[name].append(ways[name](installation, clip, padding))
    return sent


def figures(sent: Mapping[str, Sequence[Sent]]) -> str:
    rates = {name: Figures(tuple(one.rate for one in each)) for name, each in sent.items()}
    peaks = {name: Figures(tuple(one.peak for one in each)) for name, each in sent.items()}
    shown = {"upload": "upload through the API", "raw": "raw multipart PUT"}
    head = ("way", "MB/s", "part of raw", "peak MiB", "MiB over raw")
    return table(
        head,
        [
            (
                shown[name],
                rates[name].shown(0),
                rates[name].over(rates["raw"]).shown(),
                peaks[name].shown(0),
                f"{peaks[name].median - peaks['raw'].median:+.0f}",
            )
            for name in sent
        ],
    )


def through_api(installation: Installation, clip: Path, padding: int) -> Sent:
    """Waits for the video to be done with afterwards, so that the next has the machine to itself."""
    data, api = clip.read_bytes(), installation.pid("api")
    forget_peak(api)
    started = time.monotonic()
    answer = installation.client.post(
        "/v1/videos", params={"filename": "padded.mp4"}, content=padded(data, padding), timeout=1800
    )
    seconds = time.monotonic() - started
    held = peak(api)
    video_id = str(answer.raise_for_status().json()["id"])
    installation.wait_until(video_id, "ready", within=1800)
    installation.client.delete(f"/v1/videos/{video_id}").raise_for_status()
    return Sent((len(data) + padding) / 1e6 / seconds, held)


def raw(installation: Installation, clip: Path, padding: int) -> Sent:
    secrets = json.loads((installation.folder / "secrets.json").read_text())
    place = (installation.stack["urls"]["store"], "reelmill", "bench/raw", str(clip), str(padding))
    ran = subprocess.run(
        [sys.executable, "-m", "bench.raw_put", *place, str(UploadSettings().part_bytes)],
        env=os.environ
        | {"STORE_ACCESS_KEY": secrets["store_access_key"], "STORE_SECRET_KEY": secrets["store_secret_key"]},
        check=True,
        stdout=subprocess.PIPE,
    )
    told = json.loads(ran.stdout)
    return Sent((clip.stat().st_size + padding) / 1e6 / told["seconds"], told["peak"])


if __name__ == "__main__":
    sys.exit(main())
