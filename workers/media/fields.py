"""Single values of ffprobe's JSON: tags, numbers and times as it writes them."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

Json = Mapping[str, Any]


def tags(*holders: Json) -> dict[str, str]:
    """Tags in lower case; the container's win over the stream's."""
    merged: dict[str, str] = {}
    for holder in reversed(holders):
        merged |= {str(name).lower(): str(value) for name, value in holder.get("tags", {}).items()}
    return merged


def tag(stream: Json, name: str) -> str | None:
    return tags(stream).get(name.lower())


def length(stream: Json) -> float | None:
    """Seconds, as declared."""
    return seconds(stream.get("duration")) or clock(tag(stream, "DURATION"))


def fraction(text: str | None) -> Fraction:
    """`30000/1001` or `4:3`; 0 when there is none."""
    above, _, below = (text or "0").replace(":", "/").partition("/")
    return Fraction(int(above), int(below)) if below and int(below) else Fraction(0)


def seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def clock(text: str | None) -> float | None:
    """Matroska's `00:01:02.500000000`."""
    found = re.fullmatch(r"(\d{1,6}):(\d{1,2}):(\d{1,2}(?:\.\d{1,12})?)", text or "", re.ASCII)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None


def whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", str(text)) else None
