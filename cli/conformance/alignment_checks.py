"""Whether a player may change from one rendition of the picture to another at every segment."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from cli.conformance import limits
from cli.conformance.findings import Finding
from cli.conformance.renditions import Rendition
from cli.conformance.spans import Span
from cli.conformance.tracks import VIDEO


def check_alignment(renditions: Sequence[Rendition]) -> Iterator[Finding]:
    """Against the first that was measured whole; a broken one has its own findings."""
    whole = [one for one in renditions if one.whole and VIDEO in one.tracks]
    for first, other in ((whole[0], other) for other in whole[1:]):
        growing = first.playlist.growing or other.playlist.growing
        yield from _compare_cuts(first, other)
        yield from _compare_keys(first, other)
        if not growing:
            yield from _compare_ends(first, other)


def _compare_cuts(first: Rendition, other: Rendition) -> Iterator[Finding]:
    pairs = list(zip(first.segments, other.segments, strict=False))
    marks = [place for place, (a, b) in enumerate(pairs) if a.entry.discontinuity != b.entry.discontinuity]
    if marks:
        said = f"segment {marks[0]} is marked in only one of it and {first.name}"
        yield Finding("discontinuities_differ", other.name, said)
    apart = [
        (place, b.spans[VIDEO].shown - a.spans[VIDEO].shown)
        for place, (a, b) in enumerate(pairs)
        if abs(b.spans[VIDEO].shown - a.spans[VIDEO].shown) > limits.BOUNDARY
    ]
    if apart:
        place, by = apart[0]
        said = f"{len(apart)} of {len(pairs)} segments start elsewhere than in {first.name}"
        said = f"{said}; segment {place} by {float(by):+.3f} s"
        yield Finding("boundaries_differ", other.name, said)


def _compare_keys(first: Rendition, other: Rendition) -> Iterator[Finding]:
    """In the time that both cover."""
    one, two = first.spans(VIDEO), other.spans(VIDEO)
    until = min(one[-1].shown_end, two[-1].shown_end) - limits.BOUNDARY
    keys = [sorted(key for span in spans for key in span.keys if key < until) for spans in (one, two)]
    lonely = [*_lonely(keys[0], keys[1]), *_lonely(keys[1], keys[0])]
    if lonely:
        said = f"{len(lonely)} of it and {first.name} have none in the other"
        said = f"{said}; the first at {float(min(lonely)):.3f} s"
        yield Finding("keyframes_differ", other.name, said)


def _lonely(keys: Sequence[Fraction], others: Sequence[Fraction]) -> list[Fraction]:
    """Those of `keys` that have no counterpart. Both rise."""
    found, at = [], 0
    for key in keys:
        while at < len(others) and others[at] < key - limits.BOUNDARY:
            at += 1
        if at == len(others) or others[at] > key + limits.BOUNDARY:
            found.append(key)
    return found


def _compare_ends(first: Rendition, other: Rendition) -> Iterator[Finding]:
    one, two = first.spans(VIDEO), other.spans(VIDEO)
    if len(one) != len(two):
        said = f"{len(two)}, and {len(one)} in {first.name}"
        yield Finding("segments_differ", other.name, said)
    # Of half as many frames a second the last may last twice as long.
    allowed = limits.BOUNDARY + max(one[0].longest, two[0].longest)
    by = two[-1].shown_end - one[-1].shown_end
    if abs(by) > allowed:
        yield Finding("durations_differ", other.name, f"it ends {float(by):+.3f} s from {first.name}")
    counts = [sum(span.frames for span in spans) for spans in (one, two)]
    if _same_rate(one, two) and counts[0] != counts[1]:
        yield Finding("frames_differ", other.name, f"{counts[1]}, and {counts[0]} in {first.name}")


def _same_rate(one: Sequence[Span], two: Sequence[Span]) -> bool:
    return abs(one[0].longest - two[0].longest) + abs(one[0].shortest - two[0].shortest) < limits.BOUNDARY
