"""The filters between decoded sound and its rendition: in time, in stereo, as long as the picture."""

from workers.media.clock import Node
from workers.media.source import Sound

RATE = 48_000
"""What screens' sound runs at; a track that changes its rate midway comes out at one."""
_DOWNMIX = {
    "clev": 0.7071,  # the centre into both, as loud as one speaker had it: it carries the dialogue (BS.775)
    "slev": 0.5,  # the lower of BS.775's levels for the surrounds: noise from behind must not cover speech
    "lfe_mix_level": 0,  # an effect for subwoofers; small speakers only distort on it
    "rematrix_maxval": 8,  # ffmpeg else turns all of it down, for some formats: dialogue by 11 dB
}
_MONO = {"rematrix_volume": 1.4142}
"""Mono is as loud on both sides as it was: players copy it, ffmpeg takes 3 dB off."""
_CEILING = 0.97
"""Of full scale, for the sum of many channels; AAC adds a little to peaks."""
_UNSURE = 0.1
"""Seconds by which sound may end before its timestamps say so: a frame that a codec keeps to itself."""


def delayed(stream: Node, seconds: float) -> Node:
    return stream.filter("asetpts", f"PTS+round({seconds:.6f}/TB)") if seconds else stream


def heard(stream: Node, sound: Sound, seconds: float | None = None) -> Node:
    """Silence before late sound and in gaps, overlaps dropped; then counted, so that no hole is left.

    Silence too from its own end to `seconds`, where it is cut. No more: what cannot be decoded shall miss.
    """
    # Two filters: one with both begins anew at `first_pts` when it mends a step of milliseconds in sound
    # of 48 kHz (ffmpeg 5.1), and puts as much silence there as has been heard before.
    stream = stream.filter("aresample", **{"async": 1000})
    stream = stream.filter("aresample", first_pts=0, **_mixed(sound))
    stream = stream.filter("aformat", sample_fmts="fltp", sample_rates=RATE, channel_layouts="stereo")
    if sound.channels > 2:
        stream = stream.filter("alimiter", limit=_CEILING, level=0, latency=1)
    stream = stream.filter("asetpts", "N/SR/TB")
    return stream if seconds is None else _ended(stream, sound, seconds)


def _mixed(sound: Sound) -> dict[str, float]:
    return _DOWNMIX | (_MONO if sound.channels == 1 else {})


def _ended(stream: Node, sound: Sound, seconds: float) -> Node:
    missing = max(0.0, seconds - (sound.ends or 0.0)) + _UNSURE
    return stream.filter("apad", pad_dur=f"{missing:.6f}").filter("atrim", end=f"{seconds:.6f}")
