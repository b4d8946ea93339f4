"""How much a source really holds: what ffmpeg shows of it when it decodes all of it. None of the program's
code: what checks it must not share its mistakes."""

import re
import subprocess
from pathlib import Path

_PATIENCE_SECONDS = 120
_TIME_BASE = re.compile(r"^#tb (\d+): (\d+)/(\d+)$", re.MULTILINE)
_FRAME = re.compile(r"^(\d+),\s*-?\d+,\s*(-?\d+),\s*(\d+),", re.MULTILINE)


def held_seconds(source: Path) -> float:
    """The end of the last picture or sound that can be decoded, from the source's start on ffmpeg's clock; 0
    where there is none."""
    wanted = ("-map", "0:v:0?", "-map", "0:a:0?", "-c:v", "rawvideo", "-c:a", "pcm_s16le")
    form = ("-fps_mode", "passthrough", "-f", "framecrc", "-")
    command = ("ffmpeg", "-nostdin", "-v", "quiet", "-i", str(source), *wanted, *form)
    said = subprocess.run(
        command, capture_output=True, timeout=_PATIENCE_SECONDS, check=False
    ).stdout.decode()
    bases = {stream: int(above) / int(below) for stream, above, below in _TIME_BASE.findall(said)}
    return max(
        ((int(at) + int(lasts)) * bases[stream] for stream, at, lasts in _FRAME.findall(said)), default=0.0
    )
