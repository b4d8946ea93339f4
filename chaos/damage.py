"""Sources that something happened to on their way: short clips of many containers, broken in many ways. The
same seed and the same ffmpeg break them alike."""

import random
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25")
_AAC = ("-c:a", "aac")
CONTAINERS: Mapping[str, tuple[str, ...]] = {
    "mp4": (*_H264, *_AAC, "-movflags", "+faststart"),
    "mkv": (*_H264, *_AAC, "-cluster_time_limit", "500"),
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-cluster_time_limit", "500"),
    "ts": (*_H264, *_AAC),
    "mov": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "8", "-c:a", "pcm_s16le"),
    "avi": ("-c:v", "mpeg4", "-q:v", "6", "-c:a", "libmp3lame"),
    "fmp4": (*_H264, *_AAC, "-movflags", "+frag_keyframe+empty_moov", "-f", "mp4"),
}
"""What ffmpeg makes each with. The MOV has its index at its end, where a cut takes it."""
_SECONDS = (2.0, 3.0, 4.5, 6.0)
_SIZES = ("128x96", "160x120", "256x144")

Change = Callable[[bytes, random.Random, Sequence[bytes]], bytes]
"""What becomes of a file; the other files are there to take from."""


@dataclass(frozen=True)
class Source:
    number: int
    path: Path
    container: str
    damage: str

    @property
    def name(self) -> str:
        return f"{self.number:03} {self.damage} {self.container}"


def damaged(folder: Path, seed: int, numbers: Iterable[int]) -> Iterator[Source]:
    """Writes each to `folder` when it is asked for. Numbers go through every container with every damage."""
    clips = made_clips(folder / "clips", seed)
    for number in numbers:
        container = list(CONTAINERS)[number % len(CONTAINERS)]
        damage = list(DAMAGES)[number // len(CONTAINERS) % len(DAMAGES)]
        chance = random.Random(f"source {seed} {number}")
        whole = chance.choice([clip for clip in clips if clip.suffix == f".{container}"])
        others = [clip.read_bytes() for clip in clips if clip != whole]
        path = folder / f"{number:03}-{damage}.{container}"
        path.write_bytes(DAMAGES[damage](whole.read_bytes(), chance, others))
        yield Source(number, path, container, damage)


def made_clips(folder: Path, seed: int) -> list[Path]:
    """Two of each container."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"clips {seed}")
    return [_clip(folder / f"{number}.{name}", name, chance) for name in CONTAINERS for number in range(2)]


def _clip(path: Path, container: str, chance: random.Random) -> Path:
    seconds, size = chance.choice(_SECONDS), chance.choice(_SIZES)
    picture = f"testsrc2=size={size}:rate=25:duration={seconds}"
    start = ("ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture)
    sound = ("-f", "lavfi", "-i", f"sine=duration={seconds}")
    # What ffmpeg writes of itself and of the day would make each run's clips differ.
    same = ("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
    subprocess.run((*start, *sound, *same, *CONTAINERS[container], str(path)), check=True)
    return path


def _cut(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    return data[: round(len(data) * chance.uniform(0.02, 0.98))]


def _flipped(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    """From one bit to one in about a thousand bytes."""
    broken = bytearray(data)
    for _ in range(round(len(data) ** chance.uniform(0, 0.6))):
        broken[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(broken)


def _zeroed(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    """Blocks that a copy never wrote."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        length = round(len(data) * chance.uniform(0.005, 0.15))
        at = chance.randrange(len(data) - length)
        broken[at : at + length] = bytes(length)
    return bytes(broken)


def _swapped(data: bytes, chance: random.Random, _others: Sequence[bytes]) -> bytes:
    """Blocks in another's place."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        length = min(chance.choice((512, 4096, 16384)), len(data) // 4)
        one, other = sorted(chance.randrange(len(data) - length) for _ in range(2))
        if other - one >= length:
            kept = broken[one : one + length]
            broken[one : one + length] = broken[other : other + length]
            broken[other : other + length] = kept
    return bytes(broken)


def _spliced(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """The beginning of one file and the end of another."""
    end = chance.choice(others)
    return (
        data[: round(len(data) * chance.uniform(0.2, 0.8))]
        + end[round(len(end) * chance.uniform(0.2, 0.8)) :]
    )


DAMAGES: Mapping[str, Change] = {
    "cut": _cut,
    "flipped": _flipped,
    "zeroed": _zeroed,
    "swapped": _swapped,
    "spliced": _spliced,
}
