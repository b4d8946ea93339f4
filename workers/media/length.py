"""How long the whole becomes: picture and sound end together, whichever of them ended first in the source."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from workers.media.ladder import Rung
from workers.media.source import Source

_PADDING = Fraction(5, 100)
"""Seconds that sound may outlast the picture unheard: two AAC frames, which codecs fill up with silence."""
_UNSURE = 2
"""Frames that ffmpeg may make less of at the end than the timestamps say."""


@dataclass(frozen=True)
class Length:
    """Counted in frames of the top rung."""

    frames: int
    spare: int
    """Copies of the last picture that may be needed. No more: what cannot be decoded shall be missing."""
    rate: Fraction

    @property
    def seconds(self) -> float:
        return float(self.frames / self.rate)


def length(source: Source, rungs: tuple[Rung, ...]) -> Length | None:
    """None for what has no picture, or no end that is known for sure."""
    if source.video is None or source.video.ends is None or not source.scanned or not rungs:
        return None
    rate = rungs[0].rate
    shown = max(1, round(Fraction(source.video.ends) * rate))
    heard = Fraction(source.audio.ends) if source.audio and source.audio.ends else Fraction(0)
    frames = ceil(heard * rate) if heard > shown / rate + _PADDING else shown
    return Length(frames, frames - shown + _UNSURE, rate)
