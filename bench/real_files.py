"""Sends files through `./reelmill upload --wait`, plays what came out: `python -m bench.real_files FILE...`

It starts an installation of its own. The first three with picture and sound are played in Chromium.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from cli.local.stack import ROOT
from tests.browser.steps import play
from tests.installation import Installation


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--play", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "data").start()
        try:
            videos = [_sent(installation, path) for path in asked.files]
            playable = [video for video in videos if _has_picture_and_sound(video)][: asked.play]
            _play(installation, playable)
        finally:
            installation.close()
    return 0


def _sent(installation: Installation, path: Path) -> dict[str, Any]:
    command = [str(ROOT / "reelmill"), "upload", str(path), "--wait", "--json"]
    environment = os.environ | {"REELMILL_URL": installation.url}
    ended = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    video: dict[str, Any] = json.loads(ended.stdout)
    why = f"{video['error']['code']}: {video['error']['message']}" if video["error"] else _made(video)
    print(f"{path.name:48} exit {ended.returncode}  {video['status']:7} {why}", flush=True)
    return video


def _made(video: dict[str, Any]) -> str:
    described = video["metadata"]
    renditions = ", ".join(described["outputs"]["renditions"]) or "sound only"
    return f"{described['duration']:.2f} s, {renditions}"


def _has_picture_and_sound(video: dict[str, Any]) -> bool:
    described = video["metadata"]
    return bool(described and described["video"] and described["audio"] and described["duration"] > 2)


def _play(installation: Installation, videos: list[dict[str, Any]]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        for video in videos:
            page.goto(f"{installation.url}{video['links']['page']}")
            page.wait_for_selector("video")
            print(f"played {video['filename']:41} {json.dumps(play(page))}", flush=True)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
