"""Whether the segments of a rendition follow each other without a gap, an overlap or a drift."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from cli.conformance import limits
from cli.conformance.findings import Finding
from cli.conformance.renditions import Rendition, Segment
from cli.conformance.spans import Span
from cli.conformance.tracks import VIDEO


def check_joints(rendition: Rendition) -> Iterator[Finding]:
    for kind in rendition.tracks:
        yield from _follow(rendition, kind)
    for segment in rendition.segments:
        for kind, span in segment.spans.items():
            yield from _inside(segment, kind, span)
            if kind == VIDEO:
                yield from _keys(segment, span)


def _follow(rendition: Rendition, kind: str) -> Iterator[Finding]:
    drift, steady = Fraction(0), True
    for before, after in pairwise(rendition.segments):
        if kind not in before.spans or kind not in after.spans or after.entry.discontinuity:
            drift = Fraction(0)
            continue
        one, other = before.spans[kind], after.spans[kind]
        found = list(_joint(after.where, kind, one, other))
        yield from found
        steady = steady and not found
        drift += other.decoded - one.decoded_end
        if steady and abs(drift) > limits.DRIFT:
            steady = False
            yield Finding("drift", after.where, f"by here the {kind} is {_ms(drift)} off in all")


def _joint(where: str, kind: str, before: Span, after: Span) -> Iterator[Finding]:
    decoded = after.decoded - before.decoded_end
    shown = after.shown - before.shown_end
    allowed = limits.JOINT + before.doubt
    if abs(decoded) > allowed:
        code = "gap" if decoded > 0 else "overlap"
        yield Finding(code, where, f"its {kind} starts {_ms(decoded)} from where the segment before ends")
    elif abs(shown) > allowed + after.doubt:
        code = "shown_gap" if shown > 0 else "shown_overlap"
        yield Finding(code, where, f"its {kind} is shown {_ms(shown)} from where the segment before ends")


def _inside(segment: Segment, kind: str, span: Span) -> Iterator[Finding]:
    least, most = span.steps
    if abs(span.hole) > limits.JOINT:
        code = "gap" if span.hole > 0 else "overlap"
        yield Finding(code, segment.where, f"a step of {_ms(span.hole)} in the {kind} inside of it")
    elif most > span.longest + limits.JOINT:
        said = f"{_ms(most)} between two of the {kind} frames, which last {_ms(span.longest)} at most"
        yield Finding("shown_gap", segment.where, said)
    elif least <= 0 and span.frames > 1:
        yield Finding("shown_overlap", segment.where, f"two of the {kind} frames are shown at the same time")


def _keys(segment: Segment, span: Span) -> Iterator[Finding]:
    if not span.starts_with_key:
        yield Finding("no_keyframe_first", segment.where, "its first picture needs one that came before")
    if span.false_flags > (0 if span.starts_with_key else 1):
        said = f"{span.false_flags} of {span.frames} pictures claim to be keyframes and are none"
        yield Finding("keyframe_flag_wrong", segment.where, said)


def _ms(seconds: Fraction) -> str:
    return f"{float(seconds) * 1000:+.2f} ms"
