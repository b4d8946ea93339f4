"""Clips that ffmpeg makes on the spot, and jobs to run a handler on them. No media is ever committed."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import Event, VideoUploaded, first_envelope
from pipeline.job import Job, VideoSnapshot

SOURCE = "video/1/source"


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


def make_clip(path: Path, *options: str, seconds: float = 2, size: str = "320x240", rate: str = "25") -> Path:
    """A test picture with a tone; `options` are the output's."""
    picture = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=duration={seconds}", *options, str(path))
    return path


async def stored(path: Path) -> MemoryStore:
    """A store that holds the file as the upload."""
    store = MemoryStore()
    await store.put(SOURCE, path, "application/octet-stream")
    return store


def uploaded(path: Path) -> VideoUploaded:
    return VideoUploaded(source=SOURCE, filename=path.name, size=path.stat().st_size)


def job_for(event: Event, store: MemoryStore, scratch: Path, stage: str = "transcode") -> Job:
    scratch.mkdir(parents=True, exist_ok=True)
    video = VideoSnapshot(
        id="video",
        run=1,
        status="processing",
        title=None,
        filename="clip.mp4",
        source=SOURCE,
        size=None,
        notify_url=None,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        playback={},
        details={},
        error=None,
    )
    envelope = first_envelope(event, source="/tests", video_id="video", run=1, traceparent="")
    return Job(video=video, envelope=envelope, store=store, scratch=scratch, prefix=f"video/1/{stage}/1/")
