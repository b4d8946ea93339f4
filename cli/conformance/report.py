"""What was measured and found, for people and for programs."""

import sys
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.conformance.inspection import Inspection
from cli.conformance.master_checks import pace
from cli.conformance.rates import rates
from cli.conformance.renditions import Rendition
from cli.conformance.tracks import VIDEO

_WIDE = 200
"""Characters: room for every column."""
_COLUMNS = (
    "playlist",
    "codecs",
    "size",
    "fps",
    "segments",
    "frames",
    "from",
    "seconds",
    "peak",
    "average",
    "GOP",
)


def as_json(done: Inspection, *, strict: bool) -> dict[str, Any]:
    renditions = done.tree.renditions.values() if done.tree else ()
    return {
        "address": done.address,
        "conforms": done.conforms(strict=strict),
        "renditions": [figures(rendition) for rendition in renditions],
        "findings": [
            {
                "severity": finding.severity,
                "code": finding.code,
                "where": finding.where,
                "meaning": finding.meaning,
                "measured": finding.said,
            }
            for finding in done.findings
        ],
    }


def show(done: Inspection, *, strict: bool) -> None:
    # Into a file or a pipe a row stays a row, however narrow a terminal would be.
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    if done.tree:
        table = Table(box=None, pad_edge=False)
        for name in _COLUMNS:
            table.add_column(name, overflow="fold")
        for rendition in done.tree.renditions.values():
            table.add_row(*(Text(_cell(value)) for value in figures(rendition).values()))
        console.print(table)
    for finding in done.findings:
        console.print(Text(f"{finding.severity}: {finding.code}: {finding.where}"), soft_wrap=True)
        console.print(Text(f"  {finding.meaning} {finding.said}"), soft_wrap=True)
    errors = sum(finding.severity == "error" for finding in done.findings)
    verdict = "conforms" if done.conforms(strict=strict) else "does not conform"
    counts = f"{errors} errors, {len(done.findings) - errors} warnings"
    console.print(Text(f"{done.address} {verdict}: {counts}"), soft_wrap=True)


def figures(rendition: Rendition) -> dict[str, Any]:
    """Of a rendition; None for what it lacks. Bits and frames a second, seconds."""
    spans = [segment.main for segment in rendition.segments if segment.main]
    measured, size = rates(rendition), next((t.size for t in rendition.tracks.values() if t.size), None)
    return {
        "playlist": rendition.name,
        "codecs": ",".join(track.codec for track in rendition.tracks.values()),
        "size": f"{size[0]}x{size[1]}" if size else None,
        "frame_rate": round(float(pace(rendition)[0]), 3) if rendition.spans(VIDEO) else None,
        "segments": len(rendition.playlist.entries),
        "frames": sum(span.frames for span in spans),
        "starts": round(float(spans[0].shown), 6) if spans else None,
        "seconds": round(float(sum(span.lasts for span in spans)), 6),
        "peak": round(measured.peak) if measured else None,
        "average": round(measured.average) if measured else None,
        "longest_gop": _longest_gop(rendition),
    }


def _longest_gop(rendition: Rendition) -> float | None:
    """Seconds from one keyframe to the next, or to the end."""
    spans = rendition.spans(VIDEO)
    if not spans:
        return None
    keys = sorted({key for span in spans for key in span.keys} | {spans[-1].shown_end})
    return round(max((float(b - a) for a, b in pairwise(keys)), default=0.0), 3)


def _cell(value: Any) -> str:
    return "-" if value is None else str(value)
