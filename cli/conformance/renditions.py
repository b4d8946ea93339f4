"""Reads a media playlist and everything that it names, a segment at a time, into what was measured."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from cli.conformance.boxes import Broken, Truncated
from cli.conformance.findings import Finding
from cli.conformance.fragments import Sample, read_fragments
from cli.conformance.media import Entry, MediaPlaylist, Part
from cli.conformance.places import Absent, Place
from cli.conformance.spans import Span, measure
from cli.conformance.tracks import AUDIO, TEXT, VIDEO, Track, read_tracks
from cli.conformance.transport import is_transport, read_transport

Tell = Callable[[Finding], None]


@dataclass(frozen=True)
class Segment:
    where: str
    entry: Entry
    size: int
    spans: dict[str, Span]
    """By kind of track; empty when the segment could not be measured."""

    @property
    def main(self) -> Span | None:
        """Of the picture, if there is one."""
        return self.spans.get(VIDEO) or self.spans.get(AUDIO)


@dataclass
class Rendition:
    name: str
    """Its playlist, as the master names it."""
    address: str
    playlist: MediaPlaylist
    tracks: dict[str, Track] = field(default_factory=dict)
    """By kind, as the first segment has them."""
    segments: list[Segment] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every segment was measured."""
        return bool(self.segments) and all(segment.spans for segment in self.segments)

    def spans(self, kind: str) -> list[Span]:
        return [segment.spans[kind] for segment in self.segments if kind in segment.spans]


def measure_rendition(
    place: Place, name: str, address: str, playlist: MediaPlaylist, tell: Tell
) -> Rendition:
    measurement = _Measurement(place, Rendition(name, address, playlist), tell)
    for entry in playlist.entries:
        measurement.add(entry)
    return measurement.rendition


class _Measurement:
    def __init__(self, place: Place, rendition: Rendition, tell: Tell) -> None:
        self.rendition = rendition
        self._place, self._tell = place, tell
        self._inits: dict[Part, dict[int, Track] | None] = {}
        self._digests: dict[bytes, str] = {}
        self._last: dict[str, Track] = {}
        self._near: Fraction | None = None

    def add(self, entry: Entry) -> None:
        where = f"{self.rendition.name}: {entry.part}"
        data = self._content(entry, where)
        found = self._samples(entry, where, data) if data else []
        spans = self._spans(where, found)
        if spans:
            self._compare(entry, where, {track.kind: track for track, _ in found})
            self._near = max(span.decoded_end for span in spans.values())
        self.rendition.segments.append(Segment(where, entry, len(data), spans))

    def _content(self, entry: Entry, where: str) -> bytes:
        """Nothing, and a finding, when there is nothing that can be measured."""
        if entry.encrypted:
            self._tell(Finding("encrypted", where, "EXT-X-KEY applies to it"))
            return b""
        try:
            data = self._read(entry.part)
        except Absent as error:
            self._tell(Finding("segment_missing", where, str(error)))
            return b""
        wrong = self._wrong(entry, data)
        if wrong:
            self._tell(Finding(wrong[0], where, wrong[1]))
            return b""
        return data

    def _wrong(self, entry: Entry, data: bytes) -> tuple[str, str] | None:
        if not data:
            return "segment_empty", "0 bytes"
        if entry.part.range and len(data) < entry.part.range.length:
            return "segment_truncated", f"{len(data)} of {entry.part.range.length} bytes are there"
        digest = hashlib.sha256(data).digest()
        if digest in self._digests:
            return "segment_repeated", f"the same bytes as {self._digests[digest]}"
        self._digests[digest] = str(entry.part)
        return None

    def _read(self, part: Part) -> bytes:
        return self._place.read(self._place.join(self.rendition.address, part.uri), part.range)

    def _samples(self, entry: Entry, where: str, data: bytes) -> list[tuple[Track, list[Sample]]]:
        tracks = self._init(entry, where) if entry.init else None
        if tracks is None and (entry.init or not is_transport(data)):
            if entry.init is None:
                self._tell(Finding("map_missing", where, "and the segment is no transport stream"))
            return []
        if tracks and any(track.encrypted for track in tracks.values()):
            self._tell(Finding("encrypted", where, "its init segment says so"))
            return []
        try:
            if tracks is None:
                return read_transport(data, self._near)
            samples = read_fragments(data, tracks)
            return [(tracks[number], taken) for number, taken in samples.items() if taken]
        except (Broken, IndexError) as error:
            self._tell(_broken(where, error))
            return []

    def _init(self, entry: Entry, where: str) -> dict[int, Track] | None:
        """Read once; the finding too is told once."""
        part = entry.init
        assert part is not None  # noqa: S101  # for the types; the caller has asked
        if part not in self._inits:
            self._inits[part] = None
            where = f"{self.rendition.name}: {part}"
            try:
                self._inits[part] = read_tracks(self._read(part))
            except Absent as error:
                self._tell(Finding("init_missing", where, str(error)))
            except (Broken, IndexError) as error:
                self._tell(Finding("init_unreadable", where, str(error)))
        return self._inits[part]

    def _spans(self, where: str, found: list[tuple[Track, list[Sample]]]) -> dict[str, Span]:
        spans: dict[str, Span] = {}
        try:
            for track, samples in found:
                if track.kind != TEXT and track.kind not in spans:
                    spans[track.kind] = measure(track, samples, lengths=not track.transport)
        except (Broken, IndexError) as error:
            self._tell(_broken(where, error))
            return {}
        return spans

    def _compare(self, entry: Entry, where: str, tracks: dict[str, Track]) -> None:
        """With the segment before: what a decoder is given must stay, or a discontinuity say otherwise."""
        for kind, track in tracks.items():
            last = self._last.get(kind, track)
            if not entry.discontinuity and _decoder(track) != _decoder(last):
                self._tell(Finding("init_changed", where, f"its {kind} needs another decoder than before"))
        self._last = tracks
        self.rendition.tracks = self.rendition.tracks or tracks


def _decoder(track: Track) -> tuple[str, int, bytes]:
    return track.codec, track.clock, track.description


def _broken(where: str, error: Exception) -> Finding:
    code = "segment_truncated" if isinstance(error, Truncated) else "segment_unreadable"
    return Finding(code, where, str(error))
