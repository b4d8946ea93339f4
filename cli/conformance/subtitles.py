"""Measures subtitles in WebVTT, and checks them against the picture that they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from cli.conformance import limits
from cli.conformance.attributes import Unreadable
from cli.conformance.findings import Finding
from cli.conformance.media import MediaPlaylist
from cli.conformance.places import Absent, Place
from cli.conformance.renditions import Tell
from cli.conformance.webvtt import Words, read_words

_TURN = Fraction(1 << 33, 90_000)
"""Seconds after which the clock of X-TIMESTAMP-MAP starts again."""


@dataclass(frozen=True)
class Subtitles:
    name: str
    playlist: MediaPlaylist
    segments: tuple[tuple[str, Words], ...]
    """Where each lies, and what it says."""

    @property
    def lasts(self) -> Fraction:
        return sum((entry.seconds for entry in self.playlist.entries), Fraction(0))


def measure_subtitles(
    place: Place, name: str, address: str, playlist: MediaPlaylist, tell: Tell
) -> Subtitles:
    found = []
    for entry in playlist.entries:
        where = f"{name}: {entry.part}"
        try:
            data = place.read(place.join(address, entry.part.uri), entry.part.range)
            found.append((where, read_words(data)))
        except Absent as error:
            tell(Finding("segment_missing", where, str(error)))
        except Unreadable as error:
            tell(Finding("subtitles_unreadable", where, str(error)))
    return Subtitles(name, playlist, tuple(found))


def check_subtitles(
    one: Subtitles, language: str | None, start: Fraction, end: Fraction
) -> Iterator[Finding]:
    """`start` and `end` of the picture, on its own clock."""
    if not language:
        yield Finding("language_missing", one.name, "a viewer cannot choose what has no language")
    if not one.playlist.ended and not one.playlist.growing:
        yield Finding("no_end", one.name, "subtitles without EXT-X-ENDLIST")
    for where, words in one.segments:
        yield from _check_map(where, words, start)
        outside = [cue for cue in words.cues if cue[0] < 0 or cue[1] > end - start + limits.CUE_BEYOND]
        if outside:
            said = f"{float(outside[0][0]):.3f} to {float(outside[0][1]):.3f} s of {float(end - start):.3f} s"
            yield Finding("cue_outside", where, said)


def _check_map(where: str, words: Words, start: Fraction) -> Iterator[Finding]:
    if words.zero is None and abs(start) <= limits.TIMESTAMP_MAP:
        yield Finding("timestamp_map_missing", where, f"the picture starts at {float(start):.3f} s")
        return
    off = ((words.zero or Fraction(0)) - start + _TURN / 2) % _TURN - _TURN / 2
    if abs(off) > limits.TIMESTAMP_MAP:
        said = "0 s" if words.zero is None else f"{float(words.zero):.3f} s"
        yield Finding("timestamp_map_wrong", where, f"{said}, and the picture starts at {float(start):.3f} s")
