"""What an init segment, or the head of a transport stream, says of a track."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from cli.conformance import codecs
from cli.conformance.boxes import Box, Broken, boxes, inside, only, unpack
from cli.conformance.parameters import Size, h264_size, h265_size

VIDEO, AUDIO, TEXT = "video", "audio", "text"
_HANDLERS = {"vide": VIDEO, "soun": AUDIO}
_FIELDS = {VIDEO: 78, AUDIO: 28}
"""Bytes of a sample entry before its boxes."""
_ENCRYPTED = {"encv", "enca"}
_HEVC_PARAMETERS = 33
"""The NAL unit that is a sequence parameter set."""
_NAMES = {"Opus": "opus", "fLaC": "flac", ".mp3": "mp4a.6b"}
"""Of codecs whose sample entry is named otherwise."""


@dataclass(frozen=True)
class Track:
    id: int
    kind: str
    clock: int
    """Ticks a second."""
    codec: str
    size: Size | None = None
    """As the parameter set has it, else as the sample entry has it, which knows no shape of pixels."""
    transport: bool = False
    """From a transport stream, which has no sample entries."""
    family: str = ""
    """`avc` or `hevc`, whose NAL units are looked at."""
    nal_length: int = 4
    shift: Fraction = Fraction(0)
    """Seconds that the edit list adds to every timestamp."""
    priming: Fraction | None = None
    """Seconds at the start that are not to be heard, if it says so."""
    defaults: tuple[int, int, int] = (0, 0, 0)
    """Duration, size and flags of a sample that says nothing."""
    description: bytes = b""
    """What the decoder is given; alike in init segments that may follow each other."""

    @property
    def encrypted(self) -> bool:
        return self.codec in _ENCRYPTED


def read_tracks(init: bytes) -> dict[int, Track]:
    """Raises Broken."""
    moov = next((box for box in boxes(init) if box.kind == "moov"), None)
    if moov is None:
        raise Broken("it holds no moov")
    (clock,) = unpack("I", init, _times(init, only(init, moov, "mvhd")))
    defaults: dict[int, tuple[int, int, int]] = {}
    for trex in inside(init, moov, "mvex", "trex"):
        track, _, duration, size, flags = unpack("5I", init, trex.body + 4)
        defaults[track] = (duration, size, flags)
    tracks = [_track(init, trak, clock, defaults) for trak in inside(init, moov, "trak")]
    if not tracks:
        raise Broken("it holds no track")
    return {track.id: track for track in tracks}


def _times(data: bytes, header: Box) -> int:
    """Where the timescale of an mvhd or mdhd is."""
    return header.body + (20 if data[header.body] == 1 else 12)


def _track(init: bytes, trak: Box, movie_clock: int, defaults: dict[int, tuple[int, int, int]]) -> Track:
    tkhd = only(init, trak, "tkhd")
    (number,) = unpack("I", init, _times(init, tkhd))
    (clock,) = unpack("I", init, _times(init, only(init, trak, "mdia", "mdhd")))
    handler = only(init, trak, "mdia", "hdlr").body + 8
    kind = _HANDLERS.get(init[handler : handler + 4].decode("latin-1"), TEXT)
    if not clock or not movie_clock:
        raise Broken("a clock of no ticks a second")
    stsd = only(init, trak, "mdia", "minf", "stbl", "stsd")
    shift, priming = _edits(init, trak, movie_clock, clock)
    track = Track(
        id=number,
        kind=kind,
        clock=clock,
        codec="",
        shift=shift,
        priming=priming,
        defaults=defaults.get(number, (0, 0, 0)),
        description=init[stsd.body : stsd.end],
    )
    return _described(init, stsd, track)


def _edits(init: bytes, trak: Box, movie_clock: int, clock: int) -> tuple[Fraction, Fraction | None]:
    """An empty edit delays; a later start in the media takes away from every timestamp."""
    elst = next(inside(init, trak, "edts", "elst"), None)
    if elst is None:
        return Fraction(0), None
    long, (count,) = init[elst.body] == 1, unpack("I", init, elst.body + 4)
    delay = Fraction(0)
    for number in range(count):
        at = elst.body + 8 + number * (20 if long else 12)
        lasts, start = unpack("Qq" if long else "Ii", init, at)
        if start >= 0:
            return delay - Fraction(start, clock), Fraction(start, clock) or None
        delay += Fraction(lasts, movie_clock)
    return delay, None


def _described(init: bytes, stsd: Box, track: Track) -> Track:
    """With what its first sample entry says."""
    entry = next(boxes(init, stsd.body + 8, stsd.end), None)
    if entry is None:
        raise Broken("stsd is empty")
    track = replace(track, codec=_NAMES.get(entry.kind, entry.kind))
    if track.kind == VIDEO:
        width, height = unpack("HH", init, entry.body + 24)
        track = replace(track, size=(width, height))
    if track.kind not in _FIELDS or track.encrypted:
        return track
    for box in boxes(init, entry.body + _FIELDS[track.kind], entry.end):
        if box.kind in _CONFIGS:
            return _CONFIGS[box.kind](track, init[box.body : box.end])
    return track


def _avc(track: Track, body: bytes) -> Track:
    """ISO/IEC 14496-15 section 5.3.3.1."""
    (length,) = unpack("H", body, 6)
    codec, size = codecs.h264(track.codec, body[1:4]), h264_size(body[8 : 8 + length])
    return replace(track, codec=codec, size=size, family="avc", nal_length=(body[4] & 3) + 1)


def _hevc(track: Track, body: bytes) -> Track:
    """ISO/IEC 14496-15 section 8.3.3.1."""
    codec = codecs.h265(track.codec, body[1:13])
    track = replace(track, codec=codec, family="hevc", nal_length=(body[21] & 3) + 1)
    at = 23
    for _ in range(body[22]):
        kind, count = unpack("BH", body, at)
        at += 3
        for _ in range(count):
            (length,) = unpack("H", body, at)
            if kind & 0x3F == _HEVC_PARAMETERS:
                return replace(track, size=h265_size(body[at + 2 : at + 2 + length]))
            at += 2 + length
    return track


_CONFIGS: dict[str, Callable[[Track, bytes], Track]] = {
    "avcC": _avc,
    "hvcC": _hevc,
    "av1C": lambda track, body: replace(track, codec=codecs.av1(body)),
    "vpcC": lambda track, body: replace(track, codec=codecs.vp9(body)),
    "esds": lambda track, body: replace(track, codec=codecs.mp4_audio(body)),
}
