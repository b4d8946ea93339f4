"""Sources of any length for `bench.first_frame`: ten seconds are encoded, and then repeated by copy."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.media import ffmpeg

MADE = 10
"""Seconds that are encoded."""
_MEGABITS = 2.2
"""A second of picture: an hour of it is about 1 GB, as cameras and screen recorders write at 720p."""
_SIZE, _RATE = "1280x720", "25"
_PICTURE = f"testsrc2=size={_SIZE}:rate={_RATE}:duration={MADE},noise=alls=8:allf=t"
"""Noise, or nothing in it would be worth the bit rate."""
_BITS = ("-b:v", f"{_MEGABITS}M", "-maxrate", f"{_MEGABITS}M", "-bufsize", f"{_MEGABITS}M")
_SOUND = ("-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2")


@dataclass(frozen=True)
class Kind:
    name: str
    suffix: str
    web_safe: bool
    encoder: tuple[str, ...]


KINDS = (
    Kind(
        "H.264 + AAC in MP4, index at the end",
        ".mp4",
        web_safe=True,
        encoder=("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50"),
    ),
    Kind(
        "MPEG-4 ASP + AAC in Matroska",
        ".mkv",
        web_safe=False,
        encoder=("-c:v", "mpeg4", "-bf", "2", "-pix_fmt", "yuv420p", "-g", "50"),
    ),
)


class NoRoom(Exception):
    """The folder is too small, with what is needed."""


@dataclass(frozen=True)
class Clip:
    kind: Kind
    seconds: int
    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size


def made(folder: Path, lengths: list[int]) -> list[Clip]:
    """One of each kind in each length, the shorter ones first."""
    _check_room(folder, lengths)
    short = {kind: _short(kind, folder) for kind in KINDS}
    return [_repeated(kind, short[kind], seconds, folder) for kind in KINDS for seconds in sorted(lengths)]


def needed(lengths: list[int]) -> int:
    """Bytes: the sources, once more the longest in the store, and as much again for what is made of it."""
    of_a_second = int((_MEGABITS + 0.2) * 1e6 / 8)
    return of_a_second * (len(KINDS) * sum(lengths) + 2 * max(lengths))


def _check_room(folder: Path, lengths: list[int]) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed(lengths):
        raise NoRoom(f"{folder} has {free / 1e9:.1f} GB free, and this takes {needed(lengths) / 1e9:.1f} GB.")


def _short(kind: Kind, folder: Path) -> Path:
    path = folder / f"made{kind.suffix}"
    inputs = ("-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", f"sine=duration={MADE}")
    ffmpeg(*inputs, *kind.encoder, *_BITS, *_SOUND, str(path))
    return path


def _repeated(kind: Kind, short: Path, seconds: int, folder: Path) -> Clip:
    path = folder / f"{seconds}{kind.suffix}"
    ffmpeg("-stream_loop", "-1", "-i", str(short), "-c", "copy", "-t", str(seconds), str(path))
    return Clip(kind, seconds, path)
