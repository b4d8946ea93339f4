"""Subtitles as plain cues: reads what ffmpeg made of any text format, writes segments of WebVTT. Pure.

ffmpeg's own WebVTT takes `<` in a text for markup, so it writes ASS, where each cue is one line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import islice

SEGMENT_SECONDS = 60
"""A minute of speech is 2 kB: shorter only means more requests, longer a later start after a seek."""
CLOCK = 90_000
"""Ticks a second of MPEG timestamps, which the segments' lengths are counted in."""
HEADER = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"
"""The video's timestamps start at 10 s (media/hls.py): that moment is 0 in the cues."""

LONGEST_LINE = 4096
"""Bytes of one cue with its styling. What people read has 100; fonts and drawings in lines have megabytes."""
_LONGEST_TEXT = 1000
"""Characters of one cue: more than a screen holds."""
_LONGEST = 600_000
"""Milliseconds. What claims to stand longer has no end, or is a bomb that fills every segment."""
_WITHOUT_END = 5_000
"""Milliseconds that a cue without an end is shown."""
_MOST = 1000
"""Cues of one segment, the first ones: 17 a second is animation, which plain text cannot show."""

_CODE_PAGES = {
    **dict.fromkeys(("rus", "ukr", "bul", "srp", "mac", "mkd", "bel"), "cp1251"),
    **dict.fromkeys(("pol", "cze", "ces", "slo", "slk", "hun", "rum", "ron", "hrv", "slv"), "cp1250"),
    "gre": "cp1253",
    "ell": "cp1253",
    "tur": "cp1254",
    "heb": "cp1255",
    "ara": "cp1256",
    "chi": "gb18030",
    "zho": "gb18030",
    "jpn": "cp932",
    "kor": "cp949",
}
"""What text that is not UTF-8 is likely to be in, by the language that the stream claims."""
_BRACES = re.compile(r"(\{[^{}]*\})")
_DRAWS = re.compile(r"\\p(\d)")
"""Within braces: from there on, what follows is a drawing unless it is 0."""
_IN_TEXT = {r"\N": "\n", r"\n": " ", r"\h": "\N{NO-BREAK SPACE}"}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_MARKS = re.compile(r"\\[{}\\]|\\[Nnh]|\{\\[^{}]*\}")
_MARKS_AND_COMMENTS = re.compile(r"\\[{}\\]|\\[Nnh]|\{[^{}]*\}")


@dataclass(frozen=True, order=True)
class Cue:
    start: int
    """Milliseconds of the video."""
    end: int
    text: str


def read_cues(
    lines: Iterable[bytes], *, zero: float, length: float, language: str | None, comments: bool
) -> list[Cue]:
    """The cues of an ASS file in order of time, those before 0 and after `length` seconds cut off.

    `zero` is the timestamp of the video's start; `comments` says that text in braces is one, as in ASS.
    """
    cues = []
    for line in lines:
        fields = line.split(b",", 9)
        if not line.startswith(b"Dialogue:") or len(fields) < 10:
            continue
        start, end = (_milliseconds(field) for field in fields[1:3])
        text = _plain(_decoded(fields[9], language), comments=comments)
        if start is None or end is None or not text:
            continue
        if end - start > _LONGEST:
            end = start + _WITHOUT_END
        first = max(0, start - round(zero * 1000))
        last = min(round(length * 1000), end - round(zero * 1000))
        if first < last:
            cues.append(Cue(first, last, text))
    return sorted(set(cues))  # ASS says a line twice to draw a shadow under it


def segments(cues: Iterable[Cue], length: float) -> Iterator[tuple[str, int]]:
    """Each segment of WebVTT with its ticks; they cover all of `length` seconds.

    A cue that spans several stands in each with the same times, by which players know it again.
    """
    span, ticks = SEGMENT_SECONDS * 1000, max(1, round(length * CLOCK))
    filled: dict[int, list[Cue]] = {}
    for cue in cues:
        for number in range(cue.start // span, (cue.end - 1) // span + 1):
            filled.setdefault(number, []).append(cue)
    for number, done in enumerate(range(0, ticks, SEGMENT_SECONDS * CLOCK)):
        told = "".join(map(_written, islice(filled.get(number, []), _MOST)))
        yield HEADER + told, min(SEGMENT_SECONDS * CLOCK, ticks - done)


def _written(cue: Cue) -> str:
    return f"\n{_clock(cue.start)} --> {_clock(cue.end)}\n{escape(cue.text, quote=False)}\n"


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _milliseconds(field: bytes) -> int | None:
    found = re.fullmatch(rb"\s*(\d{1,5}):(\d\d):(\d\d)\.(\d\d)\s*", field)
    if found is None:
        return None
    hours, minutes, seconds, hundredths = map(int, found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10


def _decoded(text: bytes, language: str | None) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        if not text.endswith(b"\n"):  # cut off at the longest line, within a letter
            return text.decode(errors="ignore")
        return text.decode(_CODE_PAGES.get((language or "")[:3].lower(), "cp1252"), errors="replace")


def _plain(text: str, *, comments: bool) -> str:
    """Without styling, drawings and empty lines: one of those would end the cue."""
    marks = _MARKS_AND_COMMENTS if comments else _MARKS
    text = marks.sub(lambda mark: _meaning(mark[0]), _undrawn(text))[:_LONGEST_TEXT]
    lines = [_CONTROL.sub("", line).strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


def _undrawn(text: str) -> str:
    """Without drawings. By parts: one expression over all of it takes the square of its length."""
    kept, draws = [], False
    for number, piece in enumerate(_BRACES.split(text)):
        before, modes = draws, _DRAWS.findall(piece) if number % 2 else []
        if modes:
            draws = modes[-1] != "0"
        if not before and not draws:
            kept.append(piece)
    return "".join(kept)


def _meaning(mark: str) -> str:
    if mark[0] == "{":
        return ""
    return _IN_TEXT.get(mark, mark[1:])
