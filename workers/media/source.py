"""What a source is: the streams worth showing, as they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

JUMPING = {"mpegts", "mpeg", "ogg"}
"""Containers whose clock may jump; ffmpeg counts and mends it as it goes, but fills a gap in any other."""
_TRANSFERS = {"smpte2084": "PQ", "arib-std-b67": "HLG"}


@dataclass(frozen=True)
class Colour:
    matrix: str | None
    primaries: str | None
    transfer: str | None
    full_range: bool

    @property
    def hdr(self) -> str | None:
        """`PQ` or `HLG`; None for a standard range."""
        return _TRANSFERS.get(self.transfer or "")

    @property
    def wide(self) -> bool:
        """Whether it holds more colours than BT.709 has, HDR or not."""
        return self.hdr is not None or "bt2020" in f"{self.matrix} {self.primaries}"


@dataclass(frozen=True)
class Picture:
    """The video stream. `width` and `height` are as shown: turned upright, with square pixels."""

    index: int
    codec: str
    profile: str | None
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    """Degrees clockwise that turn the stored picture upright."""
    pixel_format: str | None
    """None when not one picture could be decoded."""
    colour: Colour
    nominal_rate: Fraction
    """The lowest rate that hits every timestamp; thousands, the clock's own, when they are irregular."""
    average_rate: Fraction
    interlaced: bool
    bit_rate: int | None
    ends: float | None
    """Seconds after the source's start: as declared, and once they were read, as its packets have it."""
    encrypted: bool
    turn: int = 0
    """The part of `rotation` that ffmpeg does not know of, and leaves to us."""
    odd_pixels: bool = False
    """Whether it gives its pixels a shape that cannot be; they are taken as square."""
    dolby_only: bool = False
    """Whether its colours are Dolby Vision's own, which no other decoder shows right."""
    begins: float = 0.0
    """Seconds after the source's start."""

    @property
    def pixels(self) -> int:
        return self.coded_width * self.coded_height


@dataclass(frozen=True)
class Sound:
    index: int
    codec: str
    profile: str | None
    channels: int
    layout: str | None
    sample_rate: int
    bit_rate: int | None
    language: str | None
    ends: float | None
    """Seconds after the source's start: as declared, and once they were read, as its packets have it."""
    encrypted: bool
    begins: float = 0.0
    """Seconds after the source's start."""


@dataclass(frozen=True)
class Stream:
    """Any stream of the file, as it names itself."""

    index: int
    type: str
    """`video`, `audio`, `subtitle`, `data` or `attachment`."""
    codec: str
    language: str | None
    default: bool
    attached_picture: bool
    title: str | None = None
    forced: bool = False
    """Of subtitles: whether they only translate what is not in the language of the sound."""


@dataclass(frozen=True)
class Source:
    container: str
    duration: float | None
    """Seconds from the first to the last moment of picture and sound, as declared; None when nothing says."""
    starts: float
    """Seconds; the timestamp that ffmpeg takes as 0."""
    size: int
    bit_rate: int | None
    video: Picture | None
    audio: Sound | None
    audio_streams: int
    tags: Mapping[str, str]
    streams: tuple[Stream, ...] = ()
    """All that there are, worth showing or not."""
    every_tag: tuple[tuple[str, str], ...] = ()
    """Of the file and of all its streams."""
    reaches: float | None = None
    """Seconds that its packets fill, once they were counted: a header may claim less."""
    scanned: bool = False
    """Whether the streams' ends are those of their packets, and no clock jumped on the way."""
    cut_short: bool = False
    """Whether it ends well before its header says."""
    keyframe_gap: float = 0.0
    """The most seconds from a keyframe to the next, of those that were seen; 0 where none were."""
