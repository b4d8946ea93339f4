"""Reads WebVTT segments: when cues are shown, and by which clock. RFC 8216 section 3.5."""

import re
from dataclasses import dataclass
from fractions import Fraction

from cli.conformance.attributes import Unreadable

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_CUE = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_MPEG_CLOCK = 90_000


@dataclass(frozen=True)
class Words:
    """One segment."""

    zero: Fraction | None
    """Seconds on the picture's clock of the cues' 0; None when it does not say."""
    cues: tuple[tuple[Fraction, Fraction], ...]


def read_words(data: bytes) -> Words:
    """Raises Unreadable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not in UTF-8") from error
    head, *blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", head):
        raise Unreadable("it does not start with WEBVTT")
    cues = [_cue(line) for block in blocks for line in _timing(block)]
    return Words(_zero(head), tuple(cues))


def _timing(block: str) -> list[str]:
    """The line of a block that holds times: the first, or the second after a name."""
    if re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", block):
        return []
    lines = [line for line in block.split("\n")[:2] if "-->" in line]
    if not lines and block.strip():
        raise Unreadable(f"a cue without times: {block.strip()[:40]}")
    return lines[:1]


def _cue(line: str) -> tuple[Fraction, Fraction]:
    match = _CUE.fullmatch(line.strip())
    if match is None:
        raise Unreadable(f"no times of a cue: {line[:60]}")
    start, end = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
    if end < start:
        raise Unreadable(f"a cue ends before it starts: {line[:60]}")
    return start, end


def _zero(head: str) -> Fraction | None:
    found = re.search(r"^X-TIMESTAMP-MAP=(.*)$", head, re.MULTILINE)
    if found is None:
        return None
    told = dict(part.split(":", 1) for part in found[1].strip().split(",") if ":" in part)
    local = re.fullmatch(_TIME, told.get("LOCAL", ""))
    if local is None or not told.get("MPEGTS", "").isdecimal():
        raise Unreadable(f"X-TIMESTAMP-MAP says {found[1][:60]}")
    return Fraction(int(told["MPEGTS"]), _MPEG_CLOCK) - _seconds(*local.groups())


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> Fraction:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + Fraction(int(thousandths), 1000)
