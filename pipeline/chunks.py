"""How a video that is transcoded in chunks grows: which chunk may begin, when it can be watched, when all of
it is there. Values and pure functions: the transaction that ends a chunk asks them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from pipeline.events import (
    ChunkGrew,
    ChunkRequested,
    ChunkTranscoded,
    HeadRequested,
    Made,
    SoundRequested,
    VideoPlanned,
)

PLANNED, REQUESTED, DONE = "planned", "requested", "done"
AUDIO = "audio"
LEAD, SOUND = "lead", "sound"
"""Tracks that a viewer can begin with."""

_REQUESTS: Mapping[str, type[ChunkRequested]] = {
    "head": HeadRequested,
    "sound": SoundRequested,
    "tail": ChunkRequested,
}
OF_ONE = (ChunkRequested, HeadRequested, SoundRequested, ChunkTranscoded, ChunkGrew)
"""The events that tell of a single chunk: a long video has thousands."""
AUDIO_FRAME_SECONDS = Fraction(1024, 48000)
"""AAC at the one sample rate that is made."""
_SOUND_HEAD_SECONDS = 8
"""Two segments: what a player wants in hand before it begins."""
_JOINT_SECONDS = 0.1
"""Segments of sound end where a frame does, near the joints of the picture and not at them."""
_CAUTION = 0.8
"""A later part may be harder to encode than the one that was measured."""


@dataclass(frozen=True)
class Told:
    """What an earlier attempt at a chunk had told of: players hold its addresses."""

    prefix: str
    made: tuple[Made, ...]


@dataclass(frozen=True)
class ChunkState:
    number: int
    queue: str
    track: str
    first: int
    until: int | None
    renditions: tuple[str, ...]
    weight: float
    state: str
    """`planned`, `requested` or `done`."""
    prefix: str | None = None
    """Key prefix of what is there of it."""
    made: tuple[Made, ...] = ()
    """What is there of it: all once it is done, what its worker told of so far before."""
    took: float | None = None
    """Seconds of wall time."""
    told: tuple[Told, ...] = ()
    """By attempts that were overtaken since, oldest first; each knew of more than the one before."""


@dataclass(frozen=True)
class Growth:
    plan: VideoPlanned
    """Without its chunks."""
    chunks: tuple[ChunkState, ...]
    """In planned order."""

    def making(self, name: str) -> tuple[ChunkState, ...]:
        """The chunks that make the rendition called `name`, in the order of their segments."""
        of_it = (chunk for chunk in self.chunks if name in chunk.renditions)
        return tuple(sorted(of_it, key=lambda chunk: chunk.first))

    def names(self, prefix: str, *, told: bool) -> bool:
        """Whether something below that prefix is listed; with `told`, also in playlists that grow."""
        return any(
            (chunk.prefix or "").startswith(prefix)
            or (told and any(one.prefix.startswith(prefix) for one in chunk.told))
            for chunk in self.chunks
        )


def request(chunk: ChunkState, plan: VideoPlanned) -> ChunkRequested:
    """The event that sends `chunk` to its queue."""
    return _REQUESTS[chunk.queue](
        source=plan.source,
        number=chunk.number,
        track=chunk.track,
        first=chunk.first,
        until=chunk.until,
        renditions=chunk.renditions,
        recipe=plan.recipe,
    )


def room(at_work: Mapping[str, int], windows: Mapping[str, int]) -> dict[str, int]:
    """How many more chunks of a video each queue may take, so that no more than its window are requested and
    not done. None for a queue without a window, and nothing is taken back when a window shrinks."""
    left = {queue: window - at_work.get(queue, 0) for queue, window in windows.items()}
    return {queue: number for queue, number in left.items() if number > 0}


def awaits_head(growth: Growth) -> bool:
    """Whether the chunk of the picture that a viewer begins with is still to be made."""
    return any(chunk.track == LEAD and chunk.first == 0 and chunk.state != DONE for chunk in growth.chunks)


def playable(growth: Growth) -> bool:
    """Whether it can be watched from its head on by what is there, and is not overtaken on the way."""
    plan = growth.plan
    if plan.lead is None:
        only_sound = plan.audio and not plan.renditions
        return only_sound and covered(growth, AUDIO) > _SOUND_HEAD_SECONDS - _JOINT_SECONDS
    lead = growth.making(plan.lead)
    head = covered(growth, plan.lead)
    if plan.audio:
        head = min(head, covered(growth, AUDIO) + _JOINT_SECONDS)
    if not lead or head < _end(lead[0], plan):
        return False
    return not _stalls(lead, plan)


def covered(growth: Growth, name: str) -> float:
    """Seconds of the rendition called `name` that are there without a gap, from the head on; infinite once
    all of it is."""
    seconds = 0.0
    for chunk in growth.making(name):
        if chunk.state != DONE:
            return seconds + _grown(chunk, name, growth.plan)
        seconds = _end(chunk, growth.plan)
    return seconds


def _grown(chunk: ChunkState, name: str, plan: VideoPlanned) -> float:
    made = next((made for made in chunk.made if made.name == name), None)
    if made is None:
        return 0.0
    if name == AUDIO:
        return float(sum(made.frames) * AUDIO_FRAME_SECONDS)
    return float(len(made.frames) * Fraction(plan.segment))


def _begin(chunk: ChunkState, plan: VideoPlanned) -> float:
    return float(chunk.first * Fraction(plan.segment))


def _end(chunk: ChunkState, plan: VideoPlanned) -> float:
    return math.inf if chunk.until is None else float(chunk.until * Fraction(plan.segment))


def _seconds(chunk: ChunkState, plan: VideoPlanned) -> float:
    """How long it is shown; infinite for a last one whose end nobody knows."""
    known = plan.duration if plan.duration is not None else math.inf
    return (known if chunk.until is None else _end(chunk, plan)) - _begin(chunk, plan)


def _speed(newest: ChunkState, plan: VideoPlanned) -> float:
    """Seconds of the video in a second of wall time, as that chunk took it."""
    return _seconds(newest, plan) / newest.took if newest.took else math.inf


def _stalls(lead: Sequence[ChunkState], plan: VideoPlanned) -> bool:
    """Whether a viewer who begins now comes to a chunk that is not there yet, if one is made after the other.
    A chunk counts once all of it is done. Sound is no matter: it is made far faster than it is heard."""
    there = [*takewhile(lambda chunk: chunk.state == DONE, lead)]
    speed, waited = _speed(there[-1], plan) * _CAUTION, 0.0
    for chunk in lead[len(there) :]:
        waited += 0.0 if chunk.state == DONE else _seconds(chunk, plan) / speed
        if waited > _begin(chunk, plan):
            return True
    return False
