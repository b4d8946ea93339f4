"""HeadRequested, SoundRequested or ChunkRequested -> ChunkTranscoded: encodes one part of a video."""

import asyncio
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from pipeline.chunks import LEAD
from pipeline.events import ChunkGrew, ChunkRequested, ChunkTranscoded, Event, Made, SoundRequested
from pipeline.job import Job
from workers.media.boxes import codec, without_user_data
from workers.media.cores import CorePool
from workers.media.encode import encode
from workers.media.errors import OutputIncomplete
from workers.media.hls import AUDIO_FRAME, INIT, OFFSET
from workers.media.joints import HeadMissing, Joints
from workers.media.process import IDLE, Place, step_back
from workers.media.recipe import AUDIO, Part, recipe_from
from workers.media.sending import Sending, Sent, SentSegments
from workers.media.subtitles import SUBTITLES_TYPE, SubtitlesFailed, cut
from workers.media.together import together

_FOLDER = "parts"
_WITHOUT_SUBTITLES = "without-subtitles"
"""Players hold, for good, what the first try told of under the same names."""
_ENCODED = 0.98
"""Progress when the last frame is encoded; the last segments are still on their way."""
_HEAD_SEGMENTS = 2
"""Of sound, 8 s, before it is told of: what a player wants in hand before it begins."""


async def chunk(
    event: ChunkRequested,
    job: Job,
    *,
    cores: CorePool | None = None,
    nice: int = 0,
    stall: timedelta = IDLE,
) -> Sequence[Event]:
    """Held to a slot of `cores` if they are given; `nice` makes way for what a viewer awaits: the head of the
    picture and of the sound. Raises one of media/errors.py, permanent for what is wrong with the file."""
    part = recipe_from(event.recipe).part(event.renditions, event.first, event.until)
    is_head = event.track == LEAD and event.first == 0
    begins_with_head = isinstance(event, SoundRequested) and part.audio
    place = Place(nice=0 if is_head or begins_with_head else nice, idle=stall)
    if cores is None:
        return [await _Chunk(event, job, place, nice).transcoded(part)]
    async with cores.taken() as held:
        return [await _Chunk(event, job, replace(place, cores=held), nice).transcoded(part)]


@dataclass
class _Chunk:
    event: ChunkRequested
    job: Job
    place: Place
    behind: int = 0
    """How nice the rest of the sound is, once its head was told of."""
    began: float = field(default_factory=time.monotonic)
    told: int = 0
    """Segments of sound that were told of."""
    below: str = ""
    """The folder of the store that all goes to, within the job's own."""
    group: int | None = None
    """Of the processes that encode."""

    async def transcoded(self, part: Part) -> ChunkTranscoded:
        """Reads from the start what cannot be entered near the part: pictures that are minutes apart. Leaves
        subtitles out that ffmpeg cannot read: the video matters more."""
        try:
            made = await self._made(part)
        except HeadMissing:
            if not part.sought:
                raise
            shutil.rmtree(self.job.scratch / _FOLDER)
            made = await self._made(replace(part, from_start=True))
        except SubtitlesFailed:
            shutil.rmtree(self.job.scratch / _FOLDER)
            self.below, self.told = _WITHOUT_SUBTITLES, 0
            made = await self._made(replace(part, subtitles=False))
        self.job.progress = 1.0
        return ChunkTranscoded(**self._told(made))

    async def _made(self, part: Part) -> tuple[Made, ...]:
        sending = Sending(self.job, self.job.scratch / _FOLDER, self.below, judge=Joints(part).judge)
        if isinstance(self.event, SoundRequested):
            sending.after = lambda segments: self._grew(part, sending, segments)
        stderr = await self._encode_and_send(part, sending)
        for name, init in sending.inits.items():
            if without_user_data((sending.folder / name / INIT).read_bytes()) != init:
                raise OutputIncomplete(f"The init segment of {name} changed after it was sent.")
        Joints(part).check(sending.segments, stderr)
        made = tuple(_made(part, name, sending.segments[name], sending.inits[name]) for name in part.names)
        return made + await _subtitles(part, sending)

    async def _encode_and_send(self, part: Part, sending: Sending) -> str:
        location, said = self.job.store.locate(self.event.source), [""]

        def tell(seconds: float) -> None:
            self.job.progress = max(0.0, min(1.0, seconds / part.length)) * _ENCODED

        async def work() -> None:
            place = replace(self.place, began=self._note)
            said[0] = await encode(part, location, sending.folder, tell, place)
            sending.finish()

        await together([work(), sending.follow()])
        return said[0]

    async def _grew(self, part: Part, sending: Sending, segments: SentSegments) -> None:
        """Told each time that it has doubled: often at first, when somebody waits, and seldom later."""
        count = len(segments[AUDIO])
        if not part.audio or count < max(_HEAD_SEGMENTS, 2 * self.told):
            return
        if not self.told and self.group is not None:
            step_back(self.group, self.behind)
        self.told = count
        made = _made(part, AUDIO, segments[AUDIO], sending.inits[AUDIO])
        # The prefix is another in each attempt, and so is what was told.
        await self.job.announce(ChunkGrew(**self._told((made,))), key=f"{self._prefix}{count}")

    def _note(self, group: int) -> None:
        self.group = group

    @property
    def _prefix(self) -> str:
        return self.job.key(f"{self.below}/" if self.below else "")

    def _told(self, made: tuple[Made, ...]) -> dict[str, Any]:
        return {
            "number": self.event.number,
            "track": self.event.track,
            "first": self.event.first,
            "prefix": self._prefix,
            "made": made,
            "took": time.monotonic() - self.began,
        }


def _made(part: Part, name: str, segments: Mapping[int, Sent], init: bytes) -> Made:
    sound, last = part.recipe.source.audio, list(segments.values())[-1]
    return Made(
        name=name,
        codec=codec(init),
        init=sha256(init).hexdigest(),
        frames=tuple(segment.frames for segment in segments.values()),
        sizes=tuple(segment.size for segment in segments.values()),
        language=sound.language if sound and name == AUDIO else None,
        short=AUDIO_FRAME - last.last if name == AUDIO and 0 < last.last < AUDIO_FRAME else 0,
    )


async def _subtitles(part: Part, sending: Sending) -> tuple[Made, ...]:
    if not part.subtitles:
        return ()
    made = await asyncio.to_thread(
        cut,
        part.recipe.source,
        sending.folder,
        zero=OFFSET,
        length=part.length,
        keep_location=part.recipe.keep_location,
    )
    files = [f"{one.name}/{number:05}.vtt" for one in made for number in range(len(one.frames))]
    await together(sending.send(file, SUBTITLES_TYPE) for file in files)
    return tuple(made)
