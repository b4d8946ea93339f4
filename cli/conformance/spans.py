"""What one track does in one segment, measured from its samples. Times are seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from cli.conformance.fragments import Sample
from cli.conformance.limits import JOINT
from cli.conformance.pictures import IDR, kinds_with_lengths
from cli.conformance.tracks import VIDEO, Track


@dataclass(frozen=True)
class Span:
    decoded: Fraction
    decoded_end: Fraction
    shown: Fraction
    shown_end: Fraction
    frames: int
    keys: tuple[Fraction, ...]
    """When the pictures are shown from which decoding can start."""
    starts_with_key: bool
    false_flags: int
    """Samples that are marked as keyframes and are none."""
    frame: Fraction
    """How long the first sample lasts."""
    last: Fraction
    """How long the last one is said to last; of sound some say how far it is heard, some its whole frame."""
    shortest: Fraction
    longest: Fraction
    """Of all samples but the last, which may be padded or made up."""
    hole: Fraction
    """The largest step of the clock inside that the samples do not fill; below 0 where they overlap."""
    steps: tuple[Fraction, Fraction]
    """The shortest and the longest between two pictures as they are shown."""
    paced: tuple[int, Fraction]
    """Frames and the seconds between their decode times, without the last one's, which may be made up."""

    @property
    def lasts(self) -> Fraction:
        return self.decoded_end - self.decoded

    @property
    def doubt(self) -> Fraction:
        """How far its end may be off: where frames differ in length, nobody knows how long the last is."""
        return self.longest - self.shortest if self.longest - self.shortest > JOINT else Fraction(0)


def measure(track: Track, samples: Sequence[Sample], *, lengths: bool) -> Span:
    """`lengths`: NAL units are told apart by lengths, as in MP4. Raises Broken."""
    keys, false_flags = _keys(track, samples, lengths=lengths)
    first, last = samples[0], samples[-1]
    holes = [later.decoded - (sooner.decoded + sooner.lasts) for sooner, later in pairwise(samples)]
    shown = sorted(sample.shown for sample in samples)
    apart = [later - sooner for sooner, later in pairwise(shown)] or [first.lasts]
    steps = [sample.lasts for sample in samples[:-1]] or [first.lasts]

    def seconds(ticks: int) -> Fraction:
        return Fraction(ticks, track.clock)

    return Span(
        decoded=seconds(first.decoded) + track.shift,
        decoded_end=seconds(last.decoded + last.lasts) + track.shift,
        shown=seconds(shown[0]) + track.shift,
        shown_end=seconds(max(sample.shown + sample.lasts for sample in samples)) + track.shift,
        frames=len(samples),
        keys=tuple(seconds(samples[place].shown) + track.shift for place in keys),
        starts_with_key=track.kind != VIDEO or keys[:1] == [0],
        false_flags=false_flags,
        frame=seconds(steps[0]),
        last=seconds(last.lasts),
        shortest=seconds(min(steps)),
        longest=seconds(max(steps)),
        hole=seconds(max(holes, key=abs, default=0)),
        steps=(seconds(min(apart)), seconds(max(apart))),
        paced=(len(samples) - 1, seconds(last.decoded - first.decoded)),
    )


def _keys(track: Track, samples: Sequence[Sample], *, lengths: bool) -> tuple[list[int], int]:
    """The places of the keyframes, and how many samples only claim to be one. Sound has none to tell."""
    if track.kind != VIDEO:
        return [], 0
    flagged = [place for place, sample in enumerate(samples) if sample.sync]
    if not lengths or not track.family:
        return flagged, 0
    real = [
        not IDR[track.family].isdisjoint(kinds_with_lengths(track.family, sample.data, track.nal_length))
        for sample in samples
    ]
    return [place for place in flagged if real[place]], sum(not real[place] for place in flagged)
