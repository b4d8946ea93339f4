"""Reads master playlists. RFC 8216 section 4.3.4."""

import re
from dataclasses import dataclass
from fractions import Fraction

from cli.conformance.attributes import Unreadable, attributes, decimal, integer, needed, quoted
from cli.conformance.lines import Lines

_KINDS = {"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}
_ELSEWHERE = {
    "": "a URI without EXT-X-STREAM-INF",
    "EXTINF": "EXTINF belongs in a media playlist",
    "EXT-X-TARGETDURATION": "EXT-X-TARGETDURATION belongs in a media playlist",
}
"""What must not stand in a master, and what is said of it."""


@dataclass(frozen=True)
class Variant:
    uri: str
    bandwidth: int
    average: int | None
    codecs: tuple[str, ...] | None
    resolution: tuple[int, int] | None
    frame_rate: Fraction | None
    groups: dict[str, str]
    """By type, such as AUDIO."""


@dataclass(frozen=True)
class Media:
    """One rendition of a group; without a URI it lies in the variants themselves."""

    type: str
    group: str
    name: str
    language: str | None
    uri: str | None


@dataclass(frozen=True)
class Master:
    variants: tuple[Variant, ...]
    media: tuple[Media, ...]
    stills: tuple[str, ...]
    """URIs of the playlists of I-frames alone, which players show while they seek."""
    independent: bool

    def group(self, kind: str, name: str | None) -> list[Media]:
        return [one for one in self.media if (one.type, one.group) == (kind, name)]


def is_master(text: str) -> bool:
    return text.startswith("#EXTM3U") and "\n#EXT-X-STREAM-INF:" in text


def read_master(text: str) -> Master:
    """Raises Unreadable."""
    lines = Lines(text)
    variants, media, stills, independent = [], [], [], False
    for tag, value in lines:
        if tag == "EXT-X-STREAM-INF":
            variants.append(_variant(attributes(value), lines.uri()))
        elif tag == "EXT-X-MEDIA":
            media.append(_media(attributes(value)))
        elif tag == "EXT-X-I-FRAME-STREAM-INF":
            stills.append(needed(quoted(attributes(value), "URI"), "URI"))
        elif tag == "EXT-X-INDEPENDENT-SEGMENTS":
            independent = True
        elif tag in _ELSEWHERE:
            raise lines.wrong(_ELSEWHERE[tag])
    if not variants:
        raise Unreadable("it names no variant")
    _refuse_twins(media)
    return Master(tuple(variants), tuple(media), tuple(stills), independent)


def _variant(found: dict[str, str], uri: str) -> Variant:
    average, rate = found.get("AVERAGE-BANDWIDTH"), found.get("FRAME-RATE")
    codecs = quoted(found, "CODECS")
    groups = {kind: quoted(found, kind) for kind in ("AUDIO", "SUBTITLES", "VIDEO")}
    return Variant(
        uri=uri,
        bandwidth=integer(needed(found.get("BANDWIDTH"), "BANDWIDTH"), "BANDWIDTH"),
        average=integer(average, "AVERAGE-BANDWIDTH") if average else None,
        codecs=tuple(part.strip() for part in codecs.split(",")) if codecs else None,
        resolution=_resolution(found["RESOLUTION"]) if "RESOLUTION" in found else None,
        frame_rate=Fraction(decimal(rate, "FRAME-RATE")) if rate else None,
        groups={kind: name for kind, name in groups.items() if name is not None},
    )


def _resolution(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise Unreadable(f"RESOLUTION is no size: {text[:40]}")
    return int(match[1]), int(match[2])


def _media(found: dict[str, str]) -> Media:
    if found.get("TYPE") not in _KINDS:
        raise Unreadable("EXT-X-MEDIA without a TYPE that exists")
    return Media(
        type=found["TYPE"],
        group=needed(quoted(found, "GROUP-ID"), "GROUP-ID"),
        name=needed(quoted(found, "NAME"), "NAME"),
        language=quoted(found, "LANGUAGE"),
        uri=quoted(found, "URI"),
    )


def _refuse_twins(media: list[Media]) -> None:
    names = [(one.type, one.group, one.name) for one in media]
    if len(set(names)) != len(names):
        raise Unreadable("two renditions of one group have the same NAME")
