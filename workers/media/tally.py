"""Counts packets as ffprobe lists them: when each stream really ends, and how far apart its pictures lie."""

from workers.media.rates import steady_rate
from workers.media.source import JUMPING, Source

_JUMP = 10.0
"""Seconds. ffmpeg takes a step beyond it, or back, for a clock that was set, and goes on without the step."""
_BACK = 0.1
_KEY = "K"
_DISCARDED = "D"
"""Among the flags: a packet that an edit list leaves out, and that is only decoded for those after it."""


class PacketTally:
    """Hears lines of `stream_index=0|pts_time=1.0|dts_time=1.0|duration_time=0.04|flags=K_`."""

    def __init__(self, source: Source, *, whole: bool = True) -> None:
        """`whole` unless the source is read from somewhere else than its start."""
        self._starts = source.starts
        self._video = source.video.index if source.video else None
        self._shown = [stream.index for stream in (source.video, source.audio) if stream is not None]
        self._jumps = source.container in JUMPING
        self._frame = float(1 / steady_rate(source.video)) if source.video else 0.0
        self._mended = 0.0
        self._rest = b""
        self._expected: dict[int, float] = {}
        self._ends: dict[int, float] = {}
        self._lag: dict[int, float] = {}
        # Copies of the first picture are shown until it comes.
        self._picture = source.starts if whole else None
        self._key: float | None = None
        self.keyframe_gap = 0.0
        """The longest time from a keyframe to the next, or to the end: what a seek may have to decode."""
        self.jumped = False
        """Whether the clock was mended, as well as one can guess what ffmpeg will make of it."""
        self.apart = 0.0
        """The longest time from one picture to the next."""
        self.gap = 0.0
        """The longest time that one picture is shown, be it the last."""

    def end(self, stream: int) -> float | None:
        """Seconds after the source's start; None for a stream without a packet."""
        return self._ends[stream] - self._starts if stream in self._ends else None

    @property
    def reach(self) -> float:
        """How far the furthest stream that is shown comes."""
        return max((end for end in map(self.end, self._shown) if end is not None), default=0.0)

    def hear(self, block: bytes) -> bool:
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            self._count(dict(part.split("=", 1) for part in line.decode().split("|") if "=" in part))
        return bool(lines)

    def _count(self, packet: dict[str, str]) -> None:
        shown, decoded = _number(packet.get("pts_time")), _number(packet.get("dts_time"))
        if "stream_index" not in packet:  # the end of a packet that has more to tell
            return
        stream = int(packet["stream_index"])
        when = self._shown_at(stream, shown, decoded)
        flags = packet.get("flags", "")
        if when is not None and stream == self._video:
            self._reached(when + self._mended, _KEY in flags)
        if when is None or _DISCARDED in flags:
            return
        lasts = _number(packet.get("duration_time")) or (self._frame if stream == self._video else 0.0)
        self._mend(stream, decoded if decoded is not None else when, lasts)
        start, end = when + self._mended, when + self._mended + lasts
        self._ends[stream] = max(self._ends.get(stream, end), end)
        if stream == self._video:
            self.apart = max(self.apart, start - (start if self._picture is None else self._picture))
            self.gap = max(self.gap, self.apart, lasts)
            self._picture = start

    def _reached(self, start: float, key: bool) -> None:
        """The first one counts as a keyframe: reading began there."""
        if self._key is None:
            self._key = start
        self.keyframe_gap = max(self.keyframe_gap, start - self._key)
        if key:
            self._key = start

    def _shown_at(self, stream: int, shown: float | None, decoded: float | None) -> float | None:
        """Where a packet does not say it, such as the last of an MPEG-2: as soon after decoding as others."""
        if shown is not None and decoded is not None:
            self._lag[stream] = min(self._lag.get(stream, shown - decoded), shown - decoded)
        if shown is None and decoded is not None:
            return decoded + self._lag.get(stream, 0.0)
        return shown

    def _mend(self, stream: int, decoded: float, lasts: float) -> None:
        step = decoded + self._mended - self._expected.get(stream, decoded + self._mended)
        if self._jumps and (abs(step) > _JUMP or step < -_BACK):
            self._mended -= step
            self.jumped = True
        self._expected[stream] = decoded + self._mended + lasts


def _number(text: str | None) -> float | None:
    return float(text) if text and text != "N/A" else None
