"""HLS playlists: reads and writes media playlists, measures their bit rates, writes the master. RFC 8216."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, islice

CONTENT_TYPE = "application/vnd.apple.mpegurl"
_GROUP, _SUBTITLES = "audio", "subtitles"


@dataclass(frozen=True)
class MediaPlaylist:
    init: str | None
    """None for subtitles, which have none."""
    segments: tuple[str, ...]
    seconds: tuple[float, ...]
    """How long each segment says it lasts."""
    target: int
    ended: bool
    inits: tuple[tuple[int, str], ...] = ()
    """Further ones, each with the index of the first segment that it is for."""

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
    title: str | None = None
    """What the file calls subtitles."""
    default: bool = False
    forced: bool = False


def read_media(text: str) -> MediaPlaylist:
    """Raises ValueError for what is not a media playlist."""
    init = re.search(r'^#EXT-X-MAP:URI="([^"]+)"', text, re.MULTILINE)
    target = re.search(r"^#EXT-X-TARGETDURATION:(\d+)", text, re.MULTILINE)
    entries = re.findall(r"^#EXTINF:([\d.]+),.*\n(?:#.*\n)*([^#\s]+)", text, re.MULTILINE)
    if target is None or not text.startswith("#EXTM3U"):
        raise ValueError("this is no media playlist of ours")
    return MediaPlaylist(
        init=init[1] if init else None,
        segments=tuple(uri for _, uri in entries),
        seconds=tuple(float(seconds) for seconds, _ in entries),
        target=int(target[1]),
        ended="#EXT-X-ENDLIST" in text,
    )


def write_media(playlist: MediaPlaylist, *, growing: bool = False) -> str:
    """VOD; or EVENT for one that grows, or grew, under the same address: a player is to start at its head."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{playlist.target}"]
    lines += ["#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{'EVENT' if growing else 'VOD'}"]
    lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    if growing:
        lines.append("#EXT-X-START:TIME-OFFSET=0")  # else a player joins near the end, as if it were live
    if playlist.init is not None:
        lines.append(f'#EXT-X-MAP:URI="{playlist.init}"')
    # No EXT-X-DISCONTINUITY with a further one: clock and tracks stay, and the other renditions have none.
    further = {index: [f'#EXT-X-MAP:URI="{init}"'] for index, init in playlist.inits}
    for index, (uri, seconds) in enumerate(zip(playlist.segments, playlist.seconds, strict=True)):
        lines += [*further.get(index, []), f"#EXTINF:{seconds:.6f},", uri]
    if playlist.ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


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


def write_master(videos: Sequence[Track], audio: Track | None, subtitles: Sequence[Track] = ()) -> str:
    """Variants as given; without videos the sound is the only variant."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if audio is not None and videos:
        lines.append(_audio_line(audio))
    lines += _subtitle_lines(subtitles)
    for track in videos or [track for track in (audio,) if track is not None]:
        lines += [_variant_line(track, audio if videos else None, bool(subtitles)), track.uri]
    return "\n".join(lines) + "\n"


def _audio_line(audio: Track) -> str:
    return (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{_GROUP}",NAME="Sound"{_language(audio)},'
        f'DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{audio.uri}"'
    )


def _subtitle_lines(subtitles: Sequence[Track]) -> Iterator[str]:
    """Names in a group differ, though a film may hold two in one language; one at most is its default."""
    taken: set[str] = set()
    shown = next((track for track in subtitles if track.default), None)
    for number, track in enumerate(subtitles, start=1):
        said = (track.title or track.language or "Subtitles").replace('"', "'")
        name = said if said not in taken else f"{said} ({number})"
        taken.add(name)
        yield (
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{_SUBTITLES}",NAME="{name}"{_language(track)},'
            f"DEFAULT={_yes(track is shown)},AUTOSELECT=YES,FORCED={_yes(track.forced)},"
            f'URI="{track.uri}"'
        )


def _yes(said: bool) -> str:
    return "YES" if said else "NO"


def _language(track: Track) -> str:
    """Nothing for what is no language tag: a file may write anything there."""
    known = re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", track.language or "")
    return f',LANGUAGE="{track.language}"' if known else ""


def _variant_line(track: Track, audio: Track | None, subtitled: bool) -> str:
    rates = track.rates + audio.rates if audio else track.rates
    codecs = f"{track.codec},{audio.codec}" if audio else track.codec
    told = [f"BANDWIDTH={rates.peak}", f"AVERAGE-BANDWIDTH={rates.average}", f'CODECS="{codecs}"']
    if track.width:
        told += [f"RESOLUTION={track.width}x{track.height}", f"FRAME-RATE={float(track.frame_rate):.3f}"]
    told += [f'AUDIO="{_GROUP}"'] if audio else []
    told += [f'SUBTITLES="{_SUBTITLES}"'] if subtitled else []
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
