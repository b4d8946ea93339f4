"""What a viewer sees and hears of a rendition: its frames and their colours, and when a sound sets in."""

import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from pipeline.adapters.memory_store import MemoryStore
from pipeline.events import VideoTranscoded
from tests.media import joined
from tests.transcoding import transcoded

SECOND = 48_000
"""Samples of every sound that comes out."""
_SIDE = 32
ZERO = 10
"""What an output's timestamps begin with, so that none lies before 0."""
Colour = tuple[int, int, int]
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True)
class Watched:
    event: VideoTranscoded
    store: MemoryStore
    folder: Path

    async def file(self, name: str | None = None) -> Path:
        """A rendition as one MP4; the largest unless named."""
        return await joined(self.event, name or self.event.renditions[0].name, self.store, self.folder)

    @property
    def size(self) -> tuple[int, int]:
        return self.event.renditions[0].width, self.event.renditions[0].height


async def watched(clip: Path, scratch: Path) -> Watched:
    """Runs the transcode on `clip`."""
    folder = scratch / clip.stem
    folder.mkdir(parents=True)
    return Watched(*await transcoded(clip, folder), folder)


def brightness(file: Path, across: float = 0, down: float = 0, part: float = 1) -> list[float]:
    """The mean of every frame, 0 to 255, or of a part of it, from the given corner on."""
    place = f"crop=iw*{part}:ih*{part}:iw*{across}:ih*{down},scale=8:8:flags=area,format=gray"
    raw = _raw(file, "-vf", place, "-fps_mode", "passthrough")
    return [sum(raw[at : at + 64]) / 64 for at in range(0, len(raw), 64)]


@dataclass(frozen=True)
class Frame:
    """A frame in 32 by 32 colours."""

    colours: bytes

    def at(self, across: float, down: float) -> Colour:
        """Red, green and blue at a place given in parts of width and height."""
        place = 3 * (int(down * _SIDE) * _SIDE + int(across * _SIDE))
        red, green, blue = self.colours[place : place + 3]
        return red, green, blue


def frame(file: Path, number: int = 0) -> Frame:
    """Counted from 0."""
    small = f"select=eq(n\\,{number}),scale={_SIDE}:{_SIDE}:flags=area,format=rgb24"
    return Frame(_raw(file, "-vf", small, "-frames:v", "1"))


def alike(seen: Sequence[int], expected: Sequence[int], within: int = 30) -> bool:
    """Whether two colours are the same but for what 4:2:0 and compression do."""
    return all(abs(one - other) <= within for one, other in zip(seen, expected, strict=True))


def samples(file: Path, channel: int = 0) -> Sequence[float]:
    """One channel, from when the first picture is due: what an encoder puts in front is cut off."""
    raw = _raw(file, "-af", f"pan=mono|c0=c{channel}", "-ar", str(SECOND), kind="f32le")
    heard = array("f")
    heard.frombytes(raw)
    return heard[round((ZERO - starts(file, SECOND)) * SECOND) :]


def onset(heard: Sequence[float], after: float = 0, louder: float = 0.05) -> float:
    """Seconds until something is heard, `after` so many."""
    first = round(after * SECOND)
    return next(at for at, value in enumerate(heard[first:], first) if abs(value) > louder) / SECOND


def level(heard: Sequence[float], start: float = 0, end: float | None = None) -> float:
    """Root mean square of a part."""
    part = heard[round(start * SECOND) : round(end * SECOND) if end is not None else None]
    return sqrt(sum(value * value for value in part) / len(part))


def starts(file: Path, timescale: int) -> float:
    """When decoding starts, in seconds, by the first fragment's boxes: ffprobe is two frames off."""
    data = file.read_bytes()
    at = data.index(b"tfdt")
    wide = data[at + 4] == 1
    return int.from_bytes(data[at + 8 : at + (16 if wide else 12)]) / timescale


def _raw(file: Path, *options: str, kind: str = "rawvideo") -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(file), *options, "-f", kind, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout
