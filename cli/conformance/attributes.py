"""Attribute lists and the values of tags, as strict as RFC 8216 section 4.2."""

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s][^",]*)(?:,|$)')


class Unreadable(ValueError):
    """What is wrong, and in which line."""


@dataclass(frozen=True)
class Range:
    """Bytes of a file."""

    start: int
    length: int


def attributes(text: str) -> dict[str, str]:
    """Quoted strings keep their quotes, so that their absence can be told."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _ATTRIBUTE.match(text, at)
        if match is None:
            raise Unreadable(f"this is no attribute list: {text[at : at + 60]}")
        if match[1] in found:
            raise Unreadable(f"{match[1]} is there twice")
        found[match[1]] = match[2]
        at = match.end()
    return found


def quoted(found: dict[str, str], name: str) -> str | None:
    value = found.get(name)
    if value is None:
        return None
    if not value.startswith('"'):
        raise Unreadable(f"{name} must be in quotes")
    return value[1:-1]


def needed(value: str | None, name: str) -> str:
    if not value:
        raise Unreadable(f"{name} is missing")
    return value


def integer(text: str, name: str) -> int:
    if not re.fullmatch(r"\d{1,20}", text):
        raise Unreadable(f"{name} is no whole number: {text[:40]}")
    return int(text)


def decimal(text: str, name: str) -> str:
    if not re.fullmatch(r"\d+(\.\d*)?", text):
        raise Unreadable(f"{name} is no number: {text[:40]}")
    return text


def byte_range(text: str, follows: int | None) -> Range:
    """`length[@start]`; without a start it follows the range before."""
    length, _, start = text.partition("@")
    if not start and follows is None:
        raise Unreadable("a byte range without a start follows no other")
    first = integer(start, "a byte range's start") if start else follows or 0
    return Range(first, integer(length, "a byte range's length"))
