"""Asks ffprobe what a stored file is, and how long it really is when its header cannot be believed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.ports import Store
from workers.media.allowed import CODECS, MAX_GAP, guarded_input
from workers.media.errors import Damaged, NotMedia, TooManyPixels, TooSparse
from workers.media.faults import explain
from workers.media.process import Place, ToolFailed, capture, watch
from workers.media.reading import read_source
from workers.media.refusals import refuse, refuse_still
from workers.media.source import Source
from workers.media.tally import PacketTally

_LOOK = timedelta(seconds=60)
_CONFINED = Place(memory=1024**3)
"""Bytes: a table of samples takes 24 for each, and 600 bytes of file may claim billions. 12 hours of 60
pictures a second take 0.2 GB, pictures of 8K as much; ffprobe runs one thread on any machine."""
_FIRST = "%+#8"
"""The packets that are looked at: MP4 marks some encryption on them alone."""
_SCAN = timedelta(seconds=60)
"""Without one packet."""
_SCANNED = 16 * 1024**2
"""Bytes up to which all packets are read: a tenth of a second. Bombs are small; an hour of 1 GB takes ten."""
_TAIL = 20.0
"""Seconds before the end, in which every stream has a packet, or else all are read."""
_AGREED = 0.5
"""Seconds by which containers differ in how they count a last frame."""
_LEAST_BIT_RATE = 1000
"""Bits a second below which a declared duration is not believed: the poorest speech codec needs far more."""


async def probe(store: Store, key: str) -> Source:
    """What lies under `key`, and how far it reaches. Raises a Permanent error for what cannot be played, else
    Transient."""
    return await scan(await glance(store, key), store.locate(key))


async def glance(store: Store, key: str) -> Source:
    """What its header says; everything is refused here that can be without reading on."""
    refuse_still(await _head(store, key))
    source = believed(await look(store.locate(key)))
    refuse(source)
    return source


def believed(source: Source) -> Source:
    """Without a duration that its bytes cannot fill."""
    if source.duration is None or source.size * 8 < source.duration * _LEAST_BIT_RATE:
        return replace(source, duration=None)
    return source


async def scan(source: Source, location: str, *, indexed: bool = False) -> Source:
    """`source` with the ends that its packets have: a header may claim seconds for what fills hours, or hours
    for what was cut short. Of a large file with an index the last packets prove what the header says.

    Raises Damaged, TooSparse or TooLong.
    """
    tally = await _last_packets(source, location) if indexed and source.size > _SCANNED else None
    if tally is None or not _agrees(source, tally):
        tally = await _packets(source, location)
    _refuse_gap(tally.apart)
    if source.duration is None or not _covers(source.duration, tally.reach):
        _refuse_gap(tally.gap)
        refuse(replace(source, duration=tally.reach))
    found = _with_ends(source, tally)
    short = source.duration is not None and not _covers(tally.reach, source.duration)
    gap = round(tally.keyframe_gap, 3)
    return replace(found, reaches=tally.reach, scanned=not tally.jumped, cut_short=short, keyframe_gap=gap)


async def look(location: str) -> Source:
    """What ffprobe says of it, not yet judged."""
    asked = ["-show_format", "-show_streams", "-show_packets", "-read_intervals", _FIRST, "-of", "json"]
    try:
        answer, said = await capture(_ffprobe(location, asked), within=_LOOK, place=_CONFINED)
    except ToolFailed as failure:
        raise explain(failure, otherwise=NotMedia) from failure
    if "exceeds specified max pixel count" in said:
        raise TooManyPixels  # it tells no size of what it did not look at
    return read_source(json.loads(answer), CODECS)


async def _last_packets(source: Source, location: str) -> PacketTally | None:
    if source.duration is None:
        return None
    return await _packets(source, location, begin=source.starts + max(0.0, source.duration - _TAIL))


def _agrees(source: Source, tally: PacketTally) -> bool:
    """Whether everything that is shown ends where the header says."""
    shown = [stream for stream in (source.video, source.audio) if stream is not None]
    known = all(tally.end(stream.index) is not None for stream in shown)
    return known and source.duration is not None and abs(tally.reach - source.duration) <= _AGREED


async def _packets(source: Source, location: str, begin: float | None = None) -> PacketTally:
    tally = PacketTally(source, whole=begin is None)
    asked = [
        *(() if begin is None else ("-read_intervals", f"{begin:.3f}%")),
        "-show_entries",
        "packet=stream_index,pts_time,dts_time,duration_time,flags",
        "-of",
        "compact=p=0",
    ]
    try:
        await watch(_ffprobe(location, asked), tally.hear, patience=_SCAN, place=_CONFINED)
    except ToolFailed as failure:
        raise explain(failure) from failure
    return tally


def _covers(declared: float, reach: float) -> bool:
    """Whether a header tells of all that there is, but for how differently containers count a last frame."""
    return reach <= declared * 1.01 + 0.5


def _refuse_gap(gap: float) -> None:
    if gap > MAX_GAP.total_seconds():
        raise TooSparse(f"There are {gap / 60:.0f} minutes between two of them.")


def _with_ends(source: Source, tally: PacketTally) -> Source:
    """A track of sound that holds none is left out."""
    video = replace(source.video, ends=tally.end(source.video.index)) if source.video else None
    audio = replace(source.audio, ends=tally.end(source.audio.index)) if source.audio else None
    if audio is not None and audio.ends is None:
        audio = None
    if (video.ends if video else audio) is None:
        raise Damaged("It holds no picture." if video else "It holds no sound.")
    return replace(source, video=video, audio=audio, duration=tally.reach)


def _ffprobe(location: str, asked: Sequence[str]) -> list[str]:
    source = guarded_input(location)
    options = [word for name, value in source.options.items() for word in (f"-{name}", value)]
    return ["ffprobe", "-hide_banner", "-v", "warning", *options, *asked, "-i", source.url]


async def _head(store: Store, key: str) -> bytes:
    head = b""
    async for block in store.read(key, 0, 64):
        head += block
    return head
