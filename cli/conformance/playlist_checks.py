"""Whether a media playlist keeps RFC 8216 and tells the truth about its segments."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest

from cli.conformance import limits
from cli.conformance.findings import Finding
from cli.conformance.renditions import Rendition, Segment
from cli.conformance.spans import Span
from cli.conformance.tracks import AUDIO


def check_playlist(rendition: Rendition) -> Iterator[Finding]:
    playlist = rendition.playlist
    if playlist.version < playlist.needs:
        said = f"version {playlist.version}, and what it uses needs {playlist.needs}"
        yield Finding("version_low", rendition.name, said)
    longest = max((entry.seconds for entry in playlist.entries), default=Fraction(0))
    # Half a second is rounded up: Python would round it to the even neighbour.
    if int(longest + Fraction(1, 2)) > playlist.target:
        said = f"{playlist.target}, and a segment of {float(longest):.3f} s"
        yield Finding("target_duration_low", rendition.name, said)
    if not playlist.ended and not playlist.growing:
        yield Finding("no_end", rendition.name, f"type {playlist.type or 'not given'}, no EXT-X-ENDLIST")
    yield from _check_lengths(rendition)


def _check_lengths(rendition: Rendition) -> Iterator[Finding]:
    drift = worst = Fraction(0)
    right = True
    for segment, following in zip_longest(rendition.segments, rendition.segments[1:]):
        if segment.main is None:
            continue
        after = following.main if following and not following.entry.discontinuity else None
        lengths = [*_lengths(segment, after), *_padded(rendition, segment)]
        off = min((segment.entry.seconds - length for length in lengths), key=abs)
        if abs(off) > limits.EXTINF + (0 if after else segment.main.doubt):
            right = False
            said = f"EXTINF {float(segment.entry.seconds):.6f}, measured {float(segment.main.lasts):.6f} s"
            yield Finding("extinf_wrong", segment.where, said)
        drift += off
        worst = max(worst, drift, key=abs)
    if right and abs(worst) > limits.EXTINF_DRIFT:
        said = f"the sum of EXTINF comes to be {float(worst):+.3f} s off"
        yield Finding("extinf_drift", rendition.name, said)


def _padded(rendition: Rendition, segment: Segment) -> Iterator[Fraction]:
    """The end of sound with its last frame whole: that it is padded is told in trun or nowhere."""
    if segment is rendition.segments[-1] and segment.main and set(segment.spans) == {AUDIO}:
        whole = max(span.longest for span in rendition.spans(AUDIO))
        yield segment.main.lasts - segment.main.last + whole


def _lengths(segment: Segment, after: Span | None) -> Iterator[Fraction]:
    """What may be meant: the clock of decoding or of showing; from one keyframe to the next, where pictures
    between them are decoded after the second; at the end of a muxed stream the longer track."""
    main = segment.main
    assert main is not None  # noqa: S101  # for the types
    yield main.lasts
    if after is None:
        yield max(span.shown_end for span in segment.spans.values()) - main.shown
        yield main.shown_end - main.shown
        yield main.shown_end - min(main.keys, default=main.shown)
    else:
        yield after.shown - main.shown
        if main.keys and after.keys:
            yield after.keys[0] - main.keys[0]
