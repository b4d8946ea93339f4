"""From a source's time to frames at a constant rate, and which of them come out."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Node = Any
"""A stream of ffmpeg-python's, which has no types."""


@dataclass(frozen=True)
class Clock:
    """Frame 0 is what is shown when the source starts; `first` is made, `until` is not any more."""

    rate: Fraction
    """Frames a second, those of the whole ladder's top rung."""
    first: int = 0
    until: int | None = None
    origin: float | None = None
    """The timestamp, in seconds, that becomes 0; None where ffmpeg has taken it off already."""
    from_start: bool = True
    """Whether the source is decoded from its start, and not only from somewhere before `first`."""
    spare: int = 0
    """Copies of the last picture that may follow it, up to `until`, if the source is decoded to its end."""
    before: int = 0
    after: int = 0
    """Frames beyond either bound that the encoder is to see as well."""

    def zeroed(self, decoded: Node) -> Node:
        """Rounded as ffmpeg itself rounds: `setpts` cuts off, and a tick decides which frame is nearer."""
        if self.origin is None:
            return decoded
        return decoded.filter("setpts", f"PTS-round({self.origin:.6f}/TB)")

    def counted(self, stream: Node) -> Node:
        """At the rate from time 0, late pictures preceded by copies of the first; then cut by frame numbers.

        The cut comes after the rate: only then do frames without a beat fall where they would in one piece.
        """
        start = {"start_time": 0} if self.from_start else {}
        stream = stream.filter("fps", fps=str(self.rate), round="near", **start)
        if self.spare:
            stream = stream.filter("tpad", stop=self.spare, stop_mode="clone")
        until = None if self.until is None else self.until + self.after
        bounds = {
            "start_pts": self.first - self.before or None,
            "end_pts": until,
        }  # the time base is one frame
        asked = {name: value for name, value in bounds.items() if value is not None}
        return stream.filter("trim", **asked) if asked else stream
