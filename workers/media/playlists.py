"""HLS playlists: reads media playlists, measures their bit rates, writes the master. RFC 8216."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, islice

CONTENT_TYPE = "application/vnd.apple.mpegurl"
_GROUP = "audio"


@dataclass(frozen=True)
class MediaPlaylist:
    init: str
    segments: tuple[str, ...]
    seconds: tuple[float, ...]
    """How long each segment says it lasts."""
    target: int
    ended: bool

    @property
    def duration(self) -> float:
        return sum(self.seconds)

    @property
    def boundaries(self) -> list[float]:
        """When each segment ends."""
        return list(accumulate(self.seconds))


@dataclass(frozen=True)
class BitRates:
    """Bits per second, as measured."""

    peak: int
    average: int

    def __add__(self, other: "BitRates") -> "BitRates":
        return BitRates(self.peak + other.peak, self.average + other.average)


@dataclass(frozen=True)
class Track:
    """One rendition as the master playlist tells of it."""

    uri: str
    codec: str
    rates: BitRates
    width: int = 0
    height: int = 0
    frame_rate: Fraction = Fraction(0)
    language: str | None = None


def read_media(text: str) -> MediaPlaylist:
    """Raises ValueError for what is not a media playlist with an init segment."""
    init = re.search(r'^#EXT-X-MAP:URI="([^"]+)"', text, re.MULTILINE)
    target = re.search(r"^#EXT-X-TARGETDURATION:(\d+)", text, re.MULTILINE)
    entries = re.findall(r"^#EXTINF:([\d.]+),.*\n(?:#.*\n)*([^#\s]+)", text, re.MULTILINE)
    if init is None or target is None or not text.startswith("#EXTM3U"):
        raise ValueError("this is no media playlist of ours")
    return MediaPlaylist(
        init=init[1],
        segments=tuple(uri for _, uri in entries),
        seconds=tuple(float(seconds) for seconds, _ in entries),
        target=int(target[1]),
        ended="#EXT-X-ENDLIST" in text,
    )


def uris(master: str) -> list[str]:
    """Every media playlist that a master playlist names, each once."""
    named = re.findall(
        r'^#EXT-X-MEDIA:.*URI="([^"]+)"|^#EXT-X-STREAM-INF:.*\n([^#\s]+)', master, re.MULTILINE
    )
    return list(dict.fromkeys(media or variant for media, variant in named))


def bit_rates(playlist: MediaPlaylist, sizes: Sequence[int]) -> BitRates:
    """From the segments' bytes. The peak is over runs of segments that last 0.5 to 1.5 times the target, as
    RFC 8216 section 4.1 has it: one short segment at the end says nothing of the line that is needed."""
    average = round(sum(sizes) * 8 / playlist.duration)
    pairs = list(zip(playlist.seconds, sizes, strict=True))
    runs = [run for start in range(len(pairs)) for run in _runs(islice(pairs, start, None), playlist.target)]
    return BitRates(max([average, *(round(size * 8 / seconds) for seconds, size in runs)]), average)


def write_master(videos: Iterable[Track], audio: Track | None) -> str:
    """Variants as given; without videos the sound is the only variant."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    videos = list(videos)
    if audio is not None and videos:
        lines.append(_audio_line(audio))
    for track in videos or [track for track in (audio,) if track is not None]:
        lines += [_variant_line(track, audio if videos else None), track.uri]
    return "\n".join(lines) + "\n"


def _audio_line(audio: Track) -> str:
    language = f',LANGUAGE="{audio.language}"' if re.fullmatch(r"[A-Za-z]{2,3}", audio.language or "") else ""
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}",NAME="Sound"{language},'
        f'DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{audio.uri}"'
    )


def _variant_line(track: Track, audio: Track | None) -> str:
    rates = track.rates + audio.rates if audio else track.rates
    codecs = f"{track.codec},{audio.codec}" if audio else track.codec
    told = [f"BANDWIDTH={rates.peak}", f"AVERAGE-BANDWIDTH={rates.average}", f'CODECS="{codecs}"']
    if track.width:
        told += [f"RESOLUTION={track.width}x{track.height}", f"FRAME-RATE={float(track.frame_rate):.3f}"]
    if audio:
        told.append(f'AUDIO="{_GROUP}"')
    return "#EXT-X-STREAM-INF:" + ",".join(told)


def _runs(pairs: Iterable[tuple[float, int]], target: int) -> Iterable[tuple[float, int]]:
    """Seconds and bytes of the runs from the first pair on that last half to one and a half targets."""
    seconds, size = 0.0, 0
    for more, extra in pairs:
        seconds, size = seconds + more, size + extra
        if seconds > target * 1.5:
            return
        if seconds >= target * 0.5:
            yield seconds, size
