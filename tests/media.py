"""Clips that ffmpeg makes on the spot, and what runs a handler on them. No media is ever committed."""

import json
import re
import struct
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from posixpath import dirname, normpath
from typing import Any

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import Event, VideoTranscoded, VideoUploaded, first_envelope
from pipeline.job import Job, VideoSnapshot
from pipeline.playlists import read_media
from pipeline.ports import Store

SOURCE = "video/1/source"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True)


def make_clip(
    path: Path,
    *options: str,
    seconds: float = 2,
    size: str = "320x240",
    rate: str = "25",
    sound: bool = True,
    picture: str = "testsrc2",
) -> Path:
    """A test picture with a tone; `options` are the output's."""
    inputs = [
        "-f",
        "lavfi",
        "-i",
        f"{picture}{':' if '=' in picture else '='}size={size}:rate={rate}:duration={seconds}",
    ]
    if sound:
        inputs += ["-f", "lavfi", "-i", f"sine=duration={seconds}"]
    ffmpeg(*inputs, *(options or H264), str(path))
    return path


def pictures_hours_apart(path: Path) -> Path:
    """Four of them, with two hours between each."""
    apart = ("-vf", "setpts=N*7200/TB", "-fps_mode", "vfr")
    return make_clip(path, *apart, *H264, sound=False, size="64x64", rate="2")


def said_to_last(matroska: Path, seconds: float) -> Path:
    """The same file, its header and tags changed to say that it lasts so long."""
    data = matroska.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3  # the element Duration: a double, in milliseconds
    data = data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :]
    tag = f"00:00:{seconds:012.9f}".encode()
    matroska.write_bytes(re.sub(rb"\d\d:\d\d:\d\d\.\d{9}", tag, data))
    return matroska


async def stored(path: Path) -> MemoryStore:
    """A store that holds the file as the upload."""
    store = MemoryStore()
    await store.put(SOURCE, path, "application/octet-stream")
    return store


def uploaded(path: Path) -> VideoUploaded:
    return VideoUploaded(source=SOURCE, filename=path.name, size=path.stat().st_size)


def job_for(event: Event, store: Store, scratch: Path, stage: str = "transcode") -> Job:
    folder = scratch / stage
    folder.mkdir(parents=True)
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
    return Job(video=video, envelope=envelope, store=store, scratch=folder, prefix=f"video/1/{stage}/1/")


async def joined(event: VideoTranscoded, rendition: str, store: Store, folder: Path) -> Path:
    """A rendition as one file: its init segment and all of its segments."""
    root = f"{dirname(event.hls)}/{rendition}"
    playlist = read_media(await text(store, f"{root}/index.m3u8"))
    file = folder / f"{rendition}.mp4"
    named = [uri for uri in (playlist.init, *playlist.segments) if uri is not None]
    file.write_bytes(b"".join([await content(store, normpath(f"{root}/{uri}")) for uri in named]))
    return file


async def content(store: Store, key: str) -> bytes:
    return b"".join([block async for block in store.read(key)])


async def text(store: Store, key: str) -> str:
    return (await content(store, key)).decode()


def frame_count(file: Path) -> int:
    return int(
        ffprobe(file, "-count_frames", "-show_entries", "stream=nb_read_frames")["streams"][0][
            "nb_read_frames"
        ]
    )


def stream_of(file: Path) -> dict[str, Any]:
    streams: list[dict[str, Any]] = ffprobe(file, "-show_streams")["streams"]
    return streams[0]


def ffprobe(file: Path, *asked: str) -> dict[str, Any]:
    ran = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", *asked, str(file)], capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def pixel(picture: Path, across: float, down: float, at: float = 0) -> Sequence[int]:
    """Red, green and blue at a place given in parts of width and height, `at` seconds in."""
    place = f"crop=2:2:iw*{across}:ih*{down},format=rgb24"
    seek = ["-ss", str(at)] if at else []  # not in every JPEG
    command = ["ffmpeg", "-nostdin", "-v", "error", *seek, "-i", str(picture), "-vf", place, "-frames:v", "1"]
    ran = subprocess.run([*command, "-f", "rawvideo", "-"], capture_output=True, check=True)
    return list(ran.stdout[:3])


def loudness(file: Path, start: float, end: float) -> float:
    """Mean volume of a part of the sound, in dB; about -90 for silence."""
    command = [
        "ffmpeg",
        "-nostdin",
        "-i",
        str(file),
        "-af",
        f"atrim={start}:{end},volumedetect",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    return float(said.split("mean_volume:")[1].split("dB")[0])
