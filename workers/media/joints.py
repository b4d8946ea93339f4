"""Whether segments meet each other, and those of other parts of the video, frame for frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from pipeline.errors import ReelmillError
from workers.media.endings import near
from workers.media.errors import Damaged, OutputIncomplete
from workers.media.faults import lost
from workers.media.hls import AUDIO_FRAME, AUDIO_RATE, OFFSET
from workers.media.ladder import SEGMENT_GROUPS, Rung
from workers.media.length import length
from workers.media.recipe import AUDIO, Part
from workers.media.sending import Sent, SentSegments
from workers.media.source import Picture, Sound

_SOUND_SECONDS = AUDIO_FRAME / AUDIO_RATE


class HeadMissing(OutputIncomplete):
    """The part begins too late: what is shown at its start was stored before where reading began."""


@dataclass(frozen=True)
class Joints:
    part: Part

    def judge(self, name: str, number: int, segment: Sent) -> None:
        """Raises HeadMissing or OutputIncomplete for a picture's segment that starts at another time than in
        one piece."""
        expected = (OFFSET + number * self.part.recipe.segment) * segment.rate
        if name == AUDIO or abs(segment.start - expected) < 1:
            return
        late = float(segment.start - expected) / segment.rate
        kind = HeadMissing if number == self.part.first and late > 0 else OutputIncomplete
        raise kind(f"{name}/{number} starts {late:.3f} seconds late.")

    def check(self, segments: SentSegments, stderr: str) -> None:
        """Of all that was made. Raises Damaged where the source is at fault, else OutputIncomplete."""
        for name in self.part.names:
            if not segments.get(name):
                raise lost(f"Nothing came out as {name}.", stderr)
            _check_numbers(name, segments[name], self.part.first)
        if self.part.audio:
            _check_sound(segments[AUDIO], stderr)
            heard = sum(one.frames for one in segments[AUDIO].values()) * _SOUND_SECONDS
            self._check_end(heard, self.part.recipe.source.audio, stderr)
        for rung in self.part.rungs:
            self._check_pictures(rung, segments[rung.name], stderr)

    def _check_pictures(self, rung: Rung, segments: Mapping[int, Sent], stderr: str) -> None:
        full = SEGMENT_GROUPS * rung.group
        *others, last = segments.values()
        if any(segment.frames != full for segment in others) or last.frames > full:
            raise OutputIncomplete(f"A segment of {rung.name} does not hold {full} frames.")
        made = sum(segment.frames for segment in segments.values())
        if self.part.until is None:
            self._check_end(float(self.part.starts + made / rung.rate), self.part.recipe.source.video, stderr)
        elif made != (self.part.until - self.part.first) * full:
            raise _short(float(made / rung.rate), self.part.length, stderr)

    def _check_end(self, ends: float, stream: Picture | Sound | None, stderr: str) -> None:
        """Here and not only once all is joined: who encoded it knows what ffmpeg said, and can try again."""
        source = self.part.recipe.source
        whole = length(source, self.part.recipe.rungs)
        wanted = whole.seconds if whole else stream.ends if stream else None
        if wanted is not None and not near(ends, wanted, counted=source.scanned):
            raise _off(ends, wanted, stderr)


def _check_numbers(name: str, segments: Mapping[int, Sent], first: int) -> None:
    if list(segments) != list(range(first, first + len(segments))):
        raise OutputIncomplete(f"A segment of {name} is missing.")


def _check_sound(segments: Mapping[int, Sent], stderr: str) -> None:
    for one, following in pairwise(segments.values()):
        if following.start - one.start != one.frames * AUDIO_FRAME:
            raise lost("There is a gap in the sound.", stderr)


def _off(made: float, wanted: float, stderr: str) -> ReelmillError:
    """More than there are packets for is made of clocks that lie."""
    return (
        Damaged(f"{made:.1f} of {wanted:.1f} seconds came out.")
        if made > wanted
        else _short(made, wanted, stderr)
    )


def _short(made: float, wanted: float, stderr: str) -> ReelmillError:
    return lost(f"{made:.1f} of {wanted:.1f} seconds came out.", stderr)
