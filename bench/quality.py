"""How good a rendition is: its likeness to the source at its own size, its frames and its bytes."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Rendition:
    frames: int
    video_bytes: int
    """What the encoder wrote, without container and sound."""
    audio_bytes: int
    ssim: float | None
    """Of all planes, over all frames; None for sound alone."""


def one_file(folder: Path, patterns: Sequence[str], into: Path) -> Path:
    """A rendition as one MP4: an init segment and the segments after it, or a single file."""
    parts = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    into.write_bytes(b"".join(part.read_bytes() for part in parts))
    return into


def read(rendition: Path, source: Path) -> Rendition:
    packets = _probed(rendition, "-show_entries", "packet=codec_type,size")["packets"]
    sizes = {
        kind: [int(p["size"]) for p in packets if p["codec_type"] == kind] for kind in ("video", "audio")
    }
    return Rendition(
        frames=len(sizes["video"]),
        video_bytes=sum(sizes["video"]),
        audio_bytes=sum(sizes["audio"]),
        ssim=_ssim(rendition, source) if sizes["video"] else None,
    )


def frames_of(source: Path) -> int:
    counted = _probed(source, "-select_streams", "v:0", "-count_packets", "-show_streams")
    return int(counted["streams"][0]["nb_read_packets"])


def _ssim(rendition: Path, source: Path) -> float:
    """Frame by frame in order, whatever the timestamps say, against the source scaled bicubic."""
    stream = _probed(rendition, "-select_streams", "v:0", "-show_streams")["streams"][0]
    size = f"{stream['width']}:{stream['height']}"
    in_order = "format=yuv420p,settb=1/24,setpts=N"
    graph = f"[0:v]{in_order}[made];[1:v]scale={size}:flags=bicubic,{in_order}[meant];[made][meant]ssim"
    inputs = ("-i", str(rendition), "-i", str(source))
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", *inputs, "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stderr
    found = re.search(r"SSIM .*All:([\d.]+)", said)
    assert found, said[-2000:]
    return float(found[1])


def _probed(file: Path, *asked: str) -> Any:
    command = ["ffprobe", "-v", "error", "-of", "json", *asked, str(file)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
