"""Reads media playlists. RFC 8216 sections 4.3.1 to 4.3.3."""

from dataclasses import dataclass, field
from fractions import Fraction

from cli.conformance.attributes import (
    Range,
    Unreadable,
    attributes,
    byte_range,
    decimal,
    integer,
    needed,
    quoted,
)
from cli.conformance.lines import Lines


@dataclass(frozen=True)
class Part:
    """A file, or bytes of one."""

    uri: str
    range: Range | None = None

    def __str__(self) -> str:
        return f"{self.uri} ({self.range.length}@{self.range.start})" if self.range else self.uri


@dataclass(frozen=True)
class Entry:
    """One segment as the playlist tells of it."""

    part: Part
    seconds: Fraction
    init: Part | None
    discontinuity: bool
    encrypted: bool


@dataclass(frozen=True)
class MediaPlaylist:
    version: int
    needs: int
    """The version from which on all is allowed that it uses. RFC 8216 section 7."""
    target: int
    type: str | None
    ended: bool
    independent: bool
    entries: tuple[Entry, ...]

    @property
    def growing(self) -> bool:
        return self.type == "EVENT" and not self.ended


@dataclass
class _Reading:
    once: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    needs: int = 1
    seconds: Fraction | None = None
    bytes: str | None = None
    init: Part | None = None
    discontinuity: bool = False
    encrypted: bool = False

    def say(self, tag: str, value: str) -> None:
        if tag in self.once:
            raise Unreadable(f"{tag} is there twice")
        self.once[tag] = value

    def extinf(self, value: str) -> None:
        if self.seconds is not None:
            raise Unreadable("EXTINF without a URI")
        seconds = value.partition(",")[0]
        self.needs = max(self.needs, 3 if "." in seconds else 1)
        self.seconds = Fraction(decimal(seconds, "EXTINF"))

    def ranged(self, value: str) -> None:
        self.needs = max(self.needs, 4)
        self.bytes = value

    def map(self, value: str) -> None:
        found = attributes(value)
        # Version 5 knows it only in playlists of I-frames, which are not read here.
        self.needs = max(self.needs, 6)
        told = quoted(found, "BYTERANGE")
        self.init = Part(needed(quoted(found, "URI"), "URI"), byte_range(told, None) if told else None)

    def key(self, value: str) -> None:
        self.encrypted = attributes(value).get("METHOD") != "NONE"

    def uri(self, value: str) -> None:
        if self.seconds is None:
            raise Unreadable(f"no EXTINF before {value[:60]}")
        part = Part(value, byte_range(self.bytes, self._follows(value)) if self.bytes else None)
        self.entries.append(Entry(part, self.seconds, self.init, self.discontinuity, self.encrypted))
        self.seconds, self.bytes, self.discontinuity = None, None, False

    def _follows(self, uri: str) -> int | None:
        last = self.entries[-1].part if self.entries else None
        return last.range.start + last.range.length if last and last.uri == uri and last.range else None


_ONCE = {
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-ENDLIST",
}


def read_media(text: str) -> MediaPlaylist:
    """Raises Unreadable."""
    reading, lines = _Reading(), Lines(text)
    for tag, value in lines:
        try:
            _hear(reading, tag, value)
        except Unreadable as error:
            raise lines.wrong(str(error)) from error
    if reading.seconds is not None:
        raise Unreadable("the last EXTINF has no URI")
    return _whole(reading, "\n#EXT-X-INDEPENDENT-SEGMENTS" in text)


def _hear(reading: _Reading, tag: str, value: str) -> None:
    if tag in _ONCE:
        reading.say(tag, value)
    elif tag in {"EXT-X-STREAM-INF", "EXT-X-MEDIA"}:
        raise Unreadable(f"{tag} belongs in a master playlist")
    elif tag == "EXT-X-DISCONTINUITY":
        reading.discontinuity = True
    elif tag in _HEARD:
        _HEARD[tag](reading, value)


_HEARD = {
    "": _Reading.uri,
    "EXTINF": _Reading.extinf,
    "EXT-X-BYTERANGE": _Reading.ranged,
    "EXT-X-MAP": _Reading.map,
    "EXT-X-KEY": _Reading.key,
}


def _whole(reading: _Reading, independent: bool) -> MediaPlaylist:
    kind = reading.once.get("EXT-X-PLAYLIST-TYPE")
    if kind not in {None, "VOD", "EVENT"}:
        raise Unreadable(f"EXT-X-PLAYLIST-TYPE is {kind}")
    target = needed(reading.once.get("EXT-X-TARGETDURATION"), "EXT-X-TARGETDURATION")
    return MediaPlaylist(
        version=integer(reading.once.get("EXT-X-VERSION", "1"), "EXT-X-VERSION"),
        needs=reading.needs,
        target=integer(target, "EXT-X-TARGETDURATION"),
        type=kind,
        ended="EXT-X-ENDLIST" in reading.once,
        independent=independent,
        entries=tuple(reading.entries),
    )
