"""Uploads a padded MP4 of many GB and tells what it cost the API: `python -m bench.large_upload`.

Needs a running installation of its own: it starts one in a temporary folder and stops it.
"""

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.memory import peak
from bench.padding import padded
from tests.installation import Installation
from tests.media import make_clip
from tests.processes import eventually


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=5)
    padding = int(parser.parse_args().gigabytes * 1024**3)
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "clip.mp4", "-pix_fmt", "yuv420p").read_bytes()
        installation = Installation(Path(folder) / "data").start()
        try:
            return _measure(installation, clip, padding)
        finally:
            installation.close()


def _measure(installation: Installation, clip: bytes, padding: int) -> int:
    digest = hashlib.sha256()
    api = installation.pid("api")
    idle = peak(api)
    started = time.monotonic()
    answer = installation.client.post(
        "/v1/videos",
        params={"filename": "padded.mp4"},
        content=_counted(padded(clip, padding), digest),
        timeout=1800,
    )
    seconds = time.monotonic() - started
    answer.raise_for_status()
    highest, local = peak(api), _open_files(api, installation.folder)
    video_id = answer.json()["id"]
    eventually(lambda: installation.video(video_id)["status"] in {"ready", "failed"}, within=1800)
    video = installation.video(video_id)
    same = video["status"] == "ready" and video["metadata"]["sha256"] == digest.hexdigest()
    size = (len(clip) + padding) / 1024**3
    print(f"uploaded           {size:.2f} GiB in {seconds:.0f} s, {size * 1024 / seconds:.0f} MiB/s")
    print(f"API memory         {idle:.0f} MiB idle, {highest:.0f} MiB at its peak")
    print(f"local files        {local or 'none open by the API'}")
    print(f"status             {video['status']}")
    print(f"SHA-256 equal      {same}")
    return 0 if same and highest < 200 and not local else 1


def _counted(blocks: Iterator[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for block in blocks:
        digest.update(block)
        yield block


def _open_files(pid: int, data: Path) -> list[str]:
    """Regular files the API holds open, but its own database and log."""
    opened = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    own = (str(data / "reelmill.db"), str(data / "logs"))
    return sorted(path for path in opened if Path(path).is_file() and not path.startswith(own))


if __name__ == "__main__":
    sys.exit(main())
