"""Which sources are refused before any work, and why."""

from workers.media.allowed import CODECS, MAX_DURATION, MAX_PIXELS
from workers.media.errors import (
    CodecRefused,
    Damaged,
    Encrypted,
    NothingToPlay,
    StillImage,
    TooLong,
    TooManyPixels,
)
from workers.media.source import Picture, Sound, Source

_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"jxl ")
"""Major brands of pictures in an MP4's clothes: HEIC, AVIF and their relatives."""


def refuse_still(head: bytes) -> None:
    """Raises StillImage for the first bytes of a phone's photo, also one with a clip behind it."""
    compatible = [head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4]), 64), 4)]
    if head[4:8] == b"ftyp" and (head[8:12] in _STILL_BRANDS or b"mif1" in compatible):
        raise StillImage


def refuse(source: Source) -> None:
    """Raises the Permanent error that says why `source` cannot be played; returns when it can be tried."""
    if source.video is None and source.audio is None:
        raise NothingToPlay
    if any(stream.encrypted for stream in (source.video, source.audio) if stream is not None):
        raise Encrypted
    if source.video is not None:
        _refuse_picture(source.video)
    if source.audio is not None:
        _refuse_sound(source.audio)
    if source.duration is not None and source.duration > MAX_DURATION.total_seconds():
        raise TooLong(f"At most {MAX_DURATION.total_seconds() / 3600:g} hours are accepted.")


def _refuse_picture(picture: Picture) -> None:
    if picture.codec not in CODECS:
        raise CodecRefused(f"The video is {picture.codec}.")
    if picture.dolby_only:
        raise CodecRefused(
            "The video is Dolby Vision of profile 5, which has colours for Dolby's screens alone."
        )
    if picture.pixels > MAX_PIXELS:
        raise TooManyPixels(f"It is {picture.coded_width}x{picture.coded_height}.")
    if picture.pixel_format is None or picture.pixels == 0:
        raise Damaged("Not one picture of it can be decoded.")


def _refuse_sound(sound: Sound) -> None:
    if sound.codec not in CODECS:
        raise CodecRefused(f"The audio is {sound.codec}.")
    if sound.channels == 0 or sound.sample_rate == 0:
        raise Damaged("Its audio cannot be decoded.")
