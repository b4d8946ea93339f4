"""The table of docs/corpus.md: what comes out of real files, and why that is right.

`REELMILL_CORPUS=FOLDER python -m tests.corpus` prints it as it is now found, with the reasons that are there.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.adapters.memory_store import MemoryStore
from pipeline.errors import Permanent
from pipeline.events import VideoTranscoded
from tests.media import SOURCE, joined, stored, stream_of
from tests.transcoding import transcoded
from workers.media.probe import probe
from workers.media.source import Source

TABLE = Path(__file__).parents[1] / "docs/corpus.md"
_ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| (?P<outcome>[^|]+) \| (?P<made>[^|]+) \| (?P<why>[^|]*) \|$", re.MULTILINE
)


@dataclass(frozen=True)
class Row:
    outcome: str
    """`ready`, `cut short` or `refused`."""
    made: str
    """What is shown, or the error's code."""
    why: str = ""


def rows() -> dict[str, Row]:
    found = _ROW.finditer(TABLE.read_text() if TABLE.exists() else "")
    return {row["file"]: Row(row["outcome"], row["made"], row["why"]) for row in found}


def files() -> list[Path]:
    folder = os.environ.get("REELMILL_CORPUS")
    return sorted(path for path in Path(folder).iterdir() if path.suffix != ".md") if folder else []


async def outcome(file: Path, scratch: Path) -> tuple[Row, VideoTranscoded | None, MemoryStore]:
    """What becomes of `file`; the event and its store when it can be played."""
    store = await stored(file)
    try:
        source = await probe(store, SOURCE)
        event, store = await transcoded(file, scratch)
    except Permanent as refusal:
        return Row("refused", f"`{refusal.code}`"), None, store
    shown = await _shown(event, source, store, scratch)
    return Row("cut short" if source.cut_short else "ready", shown), event, store


async def _shown(event: VideoTranscoded, source: Source, store: MemoryStore, scratch: Path) -> str:
    sound = "sound" if event.has_audio else "no sound"
    if source.video is None:
        return f"sound alone, {event.duration:.1f} s"
    top = event.renditions[0]
    rate = float(Fraction(stream_of(await joined(event, top.name, store, scratch))["r_frame_rate"]))
    turned = f" (turned by {source.video.rotation})" if source.video.rotation else ""
    names = " ".join(one.name for one in event.renditions)
    return f"{top.width}x{top.height}{turned}, {names} at {rate:.5g}, {event.duration:.1f} s, {sound}"


async def _print(found: Sequence[Path]) -> None:
    known = rows()
    for file in found:
        with tempfile.TemporaryDirectory() as scratch:
            row, _, _ = await outcome(file, Path(scratch))
        why = known[file.name].why if file.name in known else ""
        sys.stdout.write(f"| `{file.name}` | {row.outcome} | {row.made} | {why} |\n")


if __name__ == "__main__":
    asyncio.run(_print(files()))
