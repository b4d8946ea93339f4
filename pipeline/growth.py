"""The playlists of a video that is transcoded in chunks, from what is there of it: while it grows, and whole.
Pure; its addresses are keys of the object store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from pipeline.chunks import AUDIO, AUDIO_FRAME_SECONDS, DONE, ChunkState, Growth
from pipeline.events import Made, PlannedRendition, VideoPlanned
from pipeline.playlists import BitRates, MediaPlaylist, Track, bit_rates, write_master

SUBTITLES = "subtitles-"
"""What the names of subtitle renditions begin with."""
_SAMPLE_SECONDS = Fraction(1, 48_000)
_SUBTITLE_SECONDS = Fraction(1, 90_000)
_SOUND_RATES = BitRates(peak=150_000, average=140_000)
"""Bits a second of the 128,000 that AAC is asked for, its container and what its encoder strays."""
_OVERDRAWN = Fraction(3, 2)
"""How far a segment may exceed the cap: a buffer of two seconds may be spent within its four."""


@dataclass(frozen=True)
class _Piece:
    """What one attempt at a chunk made of a rendition, from where those before had not told."""

    prefix: str
    made: Made
    first: int
    """Number of the chunk's first segment."""
    listed: int
    """How many of the chunk's segments others told of before."""

    @property
    def segments(self) -> Iterable[tuple[int, int]]:
        """Number and frames of each."""
        return islice(enumerate(self.made.frames, start=self.first), self.listed, None)


def media_playlist(growth: Growth, name: str, *, live: bool = False) -> MediaPlaylist:
    """Of the segments that are there without a gap from the head on; without any before the first. While it
    is live, what an earlier attempt had told of stays listed, and a later one goes on from there."""
    frame = frame_seconds(growth.plan, name)
    keys: list[str] = []
    seconds: list[float] = []
    inits: dict[int, str] = {}
    hashed: str | None = None
    for piece in _pieces(growth, name, live=live):
        if piece.made.init != hashed and not name.startswith(SUBTITLES):
            inits[len(keys)] = f"{piece.prefix}{name}/init.mp4"
        hashed = piece.made.init
        for number, frames in piece.segments:
            keys.append(segment_key(piece.prefix, name, number))
            seconds.append(float(frames * frame))
        if piece.made.short and piece.made.frames:
            seconds[-1] -= float(piece.made.short * _SAMPLE_SECONDS)
    ended = all(chunk.state == DONE for chunk in growth.making(name))
    target = _text_target(seconds) if name.startswith(SUBTITLES) else _target(growth.plan)
    init = inits.pop(0, None)
    return MediaPlaylist(init, tuple(keys), tuple(seconds), target, ended, tuple(inits.items()))


def live_master(growth: Growth) -> str | None:
    """The lead and the sound, each as `<name>.m3u8` beside it; None for a picture without a lead, and before
    there is a segment of each. Its bit rates are caps until both have ended."""
    plan = growth.plan
    listed = [*([plan.lead] if plan.lead else []), *([AUDIO] if plan.audio else [])]
    ended = all(chunk.state == DONE for name in listed for chunk in growth.making(name))
    video = next((_growing(growth, one, ended) for one in plan.renditions if one.name == plan.lead), None)
    audio = _track(growth, AUDIO, None if ended else _SOUND_RATES) if plan.audio else None
    if (plan.renditions and video is None) or (plan.audio and audio is None):
        return None
    return write_master([video] if video else [], audio)


def names(growth: Growth) -> tuple[str, ...]:
    """Every rendition that comes out, videos from the largest down, then sound and subtitles."""
    made = dict.fromkeys(name for chunk in growth.chunks for name in chunk.renditions)
    videos = [one.name for one in growth.plan.renditions]
    return (*videos, *(name for name in made if name not in videos))


def made_of(growth: Growth, name: str) -> tuple[Made, ...]:
    """What each chunk made of the rendition, in order, as far as there is no gap."""
    return tuple(piece.made for piece in _pieces(growth, name, live=False))


def segment_key(prefix: str, name: str, number: int) -> str:
    return f"{prefix}{name}/{number:05d}.{'vtt' if name.startswith(SUBTITLES) else 'm4s'}"


def frame_seconds(plan: VideoPlanned, name: str) -> Fraction:
    """How long one of its frames lasts, exactly."""
    if name.startswith(SUBTITLES):
        return _SUBTITLE_SECONDS
    rates: Mapping[str, str] = {one.name: one.rate for one in plan.renditions}
    return 1 / Fraction(rates[name]) if name in rates else AUDIO_FRAME_SECONDS


def _pieces(growth: Growth, name: str, *, live: bool) -> Iterator[_Piece]:
    """What made `name`, up to and with the first chunk that is not done."""
    for chunk in growth.making(name):
        listed: int | None = None
        for prefix, all_made in _attempts(chunk, live=live):
            made = _named(all_made, name)
            if made is not None and (listed is None or len(made.frames) > listed):
                yield _Piece(prefix, made, chunk.first, listed or 0)
                listed = len(made.frames)
        if chunk.state != DONE or _named(chunk.made, name) is None:
            return


def _attempts(chunk: ChunkState, *, live: bool) -> Iterator[tuple[str, tuple[Made, ...]]]:
    if live:
        yield from ((told.prefix, told.made) for told in chunk.told)
    if chunk.prefix is not None:
        yield chunk.prefix, chunk.made


def _named(all_made: Iterable[Made], name: str) -> Made | None:
    return next((made for made in all_made if made.name == name), None)


def _target(plan: VideoPlanned) -> int:
    """Whole seconds that no segment exceeds when rounded, and the same while it grows: a segment of sound may
    last a frame longer than the picture's."""
    return max(1, int(Fraction(plan.segment) + AUDIO_FRAME_SECONDS + Fraction(1, 2)))


def _text_target(seconds: Sequence[float]) -> int:
    """Of subtitles, which come whole and in segments of their own length."""
    return max((int(length + 0.5) for length in seconds), default=1) or 1


def _growing(growth: Growth, rendition: PlannedRendition, ended: bool) -> Track | None:
    cap = rendition.max_bit_rate
    rates = None if ended else BitRates(int(cap * _OVERDRAWN), cap)
    return _track(growth, rendition.name, rates, rendition.width, rendition.height, Fraction(rendition.rate))


def _track(
    growth: Growth,
    name: str,
    rates: BitRates | None,
    width: int = 0,
    height: int = 0,
    rate: Fraction = Fraction(0),
) -> Track | None:
    """Without `rates` they are measured."""
    made = made_of(growth, name)
    if not made or not made[0].frames:
        return None
    rates = rates or bit_rates(media_playlist(growth, name), [size for one in made for size in one.sizes])
    return Track(f"{name}.m3u8", made[0].codec, rates, width, height, rate, made[0].language)
