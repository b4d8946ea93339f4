"""A video that grows, as the database tells of it: one quality in chunks of one segment, and its sound."""

from dataclasses import dataclass

from pipeline.chunks import DONE, REQUESTED, ChunkState, Growth
from pipeline.events import Made, PlannedRendition, VideoPlanned

LEAD = "360p"
_FRAMES = 100
"""Of a segment of four seconds."""


@dataclass
class Growing:
    """What is there of it under `prefix`: so many segments of each, out of `segments`."""

    prefix: str
    segments: int
    sound: tuple[int, ...]
    """Frames of each segment of the sound."""

    def with_segments(self, count: int) -> Growth:
        """The sound is one segment ahead."""
        chunks = [self._picture(number, number < count) for number in range(self.segments)]
        heard = len(self.sound) if count >= self.segments else min(count + 1, len(self.sound))
        return Growth(self._plan(), (*chunks, self._sound(heard)))

    def _plan(self) -> VideoPlanned:
        rendition = PlannedRendition(name=LEAD, width=640, height=360, rate="25", max_bit_rate=800_000)
        return VideoPlanned(
            source="",
            recipe={},
            segment="4",
            duration=self.segments * 4.0,
            lead=LEAD,
            audio=True,
            renditions=(rendition,),
            chunks=(),
        )

    def _picture(self, number: int, done: bool) -> ChunkState:
        until = None if number == self.segments - 1 else number + 1
        made = Made(name=LEAD, codec="avc1.64001e", init="", frames=(_FRAMES,), sizes=(1,))
        state, there = (DONE, (made,)) if done else (REQUESTED, ())
        return ChunkState(
            number, "head", "lead", number, until, (LEAD,), 1.0, state, self.prefix if done else None, there
        )

    def _sound(self, count: int) -> ChunkState:
        frames = self.sound[:count]
        made = Made(name="audio", codec="mp4a.40.2", init="", frames=frames, sizes=(1,) * count)
        state = DONE if count == len(self.sound) else REQUESTED
        return ChunkState(
            self.segments, "sound", "sound", 0, None, ("audio",), 1.0, state, self.prefix, (made,)
        )
