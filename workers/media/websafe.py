"""Whether browsers play a source as it is, so that nobody has to wait for an encode. Pure.

By what Chromium, Firefox and Safari have in common, or two of them for WebM; never by a file's name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from workers.media.places import names_place, tells_place
from workers.media.shape import Shape
from workers.media.source import Picture, Sound, Source

_H264_PROFILES = {"Constrained Baseline", "Baseline", "Main", "High", "Constrained High", "Progressive High"}
"""8 bits, 4:2:0: what decoders in hardware know."""
_AAC_PROFILES = {"LC", "HE-AAC", "HE-AACv2"}
_EIGHT_BIT = {"yuv420p", "yuvj420p"}
_MOST_PIXELS = 4096 * 2304
"""Level 5.2 of H.264, where most decoders in hardware end."""
_VIDEO = {
    "mp4": ("video/mp4", {"h264"}, {"aac", "mp3"}),
    "webm": ("video/webm", {"vp8", "vp9", "av1"}, {"opus", "vorbis"}),
}
_SOUND = {
    ("mp4", "aac"): "audio/mp4",
    ("mp3", "mp3"): "audio/mpeg",
    ("ogg", "opus"): "audio/ogg",
    ("ogg", "vorbis"): "audio/ogg",
    ("webm", "opus"): "audio/webm",
    ("webm", "vorbis"): "audio/webm",
    ("flac", "flac"): "audio/flac",
    ("wav", "pcm_s16le"): "audio/wav",
}
_HARMLESS_DATA = {"tmcd", "text"}
"""Time codes and the titles of chapters."""
_NOT_LOOKED_INTO = {"wav", "flac"}
"""Recorders and editors put notes of any kind beside the sound, which ffprobe does not tell of."""
_PLAIN_BOXES = frozenset(
    b"ftyp styp free skip wide mdat moov pnot sidx moof mfra mvhd iods trak udta meta mvex"
    b" name titl auth dscp cprt chpl perf gnre albm yrrc rtng clsf kywd hnti hinf"
    b" tkhd tapt edts tref trgr mdia load matt clip imap"
    b" WLOC LOOP SelO AllF ptv".split()
)
"""What cannot hold a place. Cameras put theirs into boxes of their own making, XMP into `uuid`."""


@dataclass(frozen=True)
class Verdict:
    content_type: str | None
    """None when it is not to be played as it is."""
    why_not: str = ""


def judge(source: Source, shape: Shape, *, max_bit_rate: int, keep_location: bool) -> Verdict:
    """`keep_location` lets through what may tell where it was filmed: the original is handed out as it is."""
    kind = _kind(source, shape)
    content_type = _content_type(source, kind)
    if content_type is None:
        return Verdict(None, "browsers do not play its codecs in its container")
    problems = [*_of_file(source, shape, max_bit_rate), *(() if keep_location else _of_place(source, shape))]
    if source.video is not None:
        problems += _of_picture(source.video, kind)
    if source.audio is not None:
        problems += _of_sound(source.audio, source)
    return Verdict(None, problems[0]) if problems else Verdict(content_type)


def _kind(source: Source, shape: Shape) -> str:
    """By the bytes where ffprobe says only `matroska,webm`."""
    return source.container.split(",")[0] if shape.kind == "other" else shape.kind


def _content_type(source: Source, kind: str) -> str | None:
    if source.video is None:
        return _SOUND.get((kind, source.audio.codec)) if source.audio else None
    content_type, pictures, sounds = _VIDEO.get(kind, (None, set(), set()))
    plays = source.video.codec in pictures and (source.audio is None or source.audio.codec in sounds)
    return content_type if plays else None


def _of_file(source: Source, shape: Shape, max_bit_rate: int) -> Iterator[str]:
    bit_rate = source.bit_rate or (source.size * 8 / source.reaches if source.reaches else None)
    if bit_rate is None:
        yield "its bit rate is not known yet"  # a recording whose header says nothing: once it is scanned
    elif bit_rate > max_bit_rate:
        yield "its bit rate is above the cap"
    moving = [stream for stream in source.streams if stream.type == "video" and not stream.attached_picture]
    if len(moving) > 1:
        yield "browsers might play another of its pictures"
    if not shape.understood:
        yield "it is cut short or has boxes that are not understood"
    if shape.fragmented and not shape.boxes & {b"sidx", b"mfra"}:
        yield "its fragments have no index, so that a browser cannot seek in it"


def _of_place(source: Source, shape: Shape) -> Iterator[str]:
    """Telemetry of cameras and drones is kept in tracks of data and, by some, of subtitles; a cover is a
    photo with a place in its EXIF."""
    if any(names_place(tag) or tells_place(value) for tag, value in source.every_tag):
        yield "it says where it was filmed"
    others = [stream for stream in source.streams if stream.type not in ("video", "audio")]
    if any(stream.attached_picture for stream in source.streams):
        yield "it has a cover that may say where it was taken"
    if any(stream.type != "data" or stream.codec not in _HARMLESS_DATA for stream in others):
        yield "it has a track that may say where it was filmed"
    if _kind(source, shape) in _NOT_LOOKED_INTO:
        yield "it may have notes that say where it was recorded"
    if shape.tells_place or any(
        box not in _PLAIN_BOXES and (box[:1] != b"\xa9" or box == b"\xa9xyz") for box in shape.boxes
    ):
        yield "it has boxes that may say where it was filmed"


def _of_picture(picture: Picture, kind: str) -> Iterator[str]:
    if picture.pixel_format not in _EIGHT_BIT:
        yield "its colours are not 8 bits, 4:2:0"
    if picture.codec == "h264" and picture.profile not in _H264_PROFILES:
        yield "its profile of H.264 is not for browsers"
    if picture.colour.wide:
        yield "its colours are wider than a screen's"
    if picture.interlaced:
        yield "it is interlaced, which browsers show as combs"
    if picture.pixels > _MOST_PIXELS:
        yield "it is larger than most decoders take"
    if picture.rotation and kind == "webm":
        yield "browsers do not turn WebM"


def _of_sound(sound: Sound, source: Source) -> Iterator[str]:
    if sound.codec == "aac" and sound.profile not in _AAC_PROFILES:
        yield "its profile of AAC is not for browsers"
    others = [stream.index for stream in source.streams if stream.type == "audio"]
    if others and sound.index != min(others):
        yield "browsers would play another of its sound tracks"
