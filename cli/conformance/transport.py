"""The samples of a transport stream segment. No durations are told: a picture lasts until the next."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from cli.conformance import codecs
from cli.conformance.bits import payload_of
from cli.conformance.boxes import Broken, Truncated
from cli.conformance.fragments import Sample
from cli.conformance.packets import Pes, read_packets
from cli.conformance.parameters import h264_size, h265_size
from cli.conformance.pictures import IDR, kind_of, units
from cli.conformance.tracks import AUDIO, VIDEO, Track

CLOCK = 90_000
_TURN = 1 << 33
"""Ticks after which the clock starts again."""
_AVC, _HEVC, _ADTS = 0x1B, 0x24, 0x0F
_SOUNDS = {0x03: "mp4a.40.34", 0x04: "mp4a.40.34", 0x81: "ac-3", 0x87: "ec-3"}
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_FRAME = 1024
_PARAMETERS = {7, 33}
"""NAL units that are sequence parameter sets, of H.264 and of HEVC."""

Read = tuple[Track, list[Sample]]


def is_transport(data: bytes) -> bool:
    return data[:1] == b"\x47"


def read_transport(data: bytes, near: Fraction | None) -> list[Read]:
    """Picture and sound. `near` is a moment in seconds close to which the segment lies. Raises Broken."""
    found = []
    for number, (kind, packets) in read_packets(data).items():
        if packets and kind in {_AVC, _HEVC, _ADTS, *_SOUNDS}:
            unwrapped = _unwrapped(packets, near)
            if kind in {_AVC, _HEVC}:
                found.append(_pictures(number, "avc" if kind == _AVC else "hevc", unwrapped))
            elif kind == _ADTS:
                found.append(_aac(number, unwrapped))
            else:
                track = Track(number, AUDIO, CLOCK, _SOUNDS[kind], transport=True)
                found.append((track, _timed([(one, True) for one in unwrapped])))
    if not found:
        raise Broken("it holds no picture and no sound that can be measured")
    return found


def _unwrapped(packets: list[Pes], near: Fraction | None) -> list[Pes]:
    last = round(near * CLOCK) if near is not None else packets[0].decoded
    made = []
    for packet in packets:
        last += _step(packet.decoded, last)
        made.append(replace(packet, decoded=last, shown=last + _step(packet.shown, last)))
    return made


def _step(time: int, last: int) -> int:
    """The shortest way from one moment to another of a clock that turns."""
    return (time - last + _TURN // 2) % _TURN - _TURN // 2


def _pictures(number: int, family: str, packets: list[Pes]) -> Read:
    sets: dict[int, bytes] = {}
    keys = []
    for packet in packets:
        found = {kind_of(family, unit[0]): unit for unit in units(packet.data) if unit}
        sets = {kind: unit for kind, unit in found.items() if kind in _PARAMETERS} | sets
        keys.append(not IDR[family].isdisjoint(found))
    track = _described(Track(number, VIDEO, CLOCK, "", family=family, transport=True), sets)
    return track, _timed(list(zip(packets, keys, strict=True)))


def _described(track: Track, sets: dict[int, bytes]) -> Track:
    """From the first sequence parameter set."""
    avc = track.family == "avc"
    unit = sets.get(7 if avc else 33)
    if unit is None:
        raise Broken("the pictures come without a sequence parameter set")
    codec = codecs.h264("avc1", unit[1:4]) if avc else codecs.h265("hvc1", payload_of(unit)[3:15])
    size = h264_size(unit) if avc else h265_size(unit)
    return replace(track, codec=codec, size=size, description=unit)


def _timed(packets: list[tuple[Pes, bool]]) -> list[Sample]:
    times = [packet.decoded for packet, _ in packets]
    steps = [later - sooner for sooner, later in pairwise(times)]
    steps.append(median_low(steps) if steps else 0)
    return [
        Sample(packet.decoded, packet.shown, lasts, key, memoryview(packet.data))
        for (packet, key), lasts in zip(packets, steps, strict=True)
    ]


def _aac(number: int, packets: list[Pes]) -> Read:
    """One PES packet holds several frames; the time is of the first."""
    samples: list[Sample] = []
    track: Track | None = None
    for packet in packets:
        for place, (frame, kind, rate) in enumerate(_frames(packet.data)):
            found = Track(number, AUDIO, rate, f"mp4a.40.{kind}", transport=True)
            if track not in {None, found}:
                raise Broken("the sound changes its rate or its profile")
            track = found
            time = round(Fraction(packet.decoded * rate, CLOCK)) + place * _AAC_FRAME
            samples.append(Sample(time, time, _AAC_FRAME, sync=True, data=frame))
    if track is None:
        raise Broken("the sound holds no frame")
    return track, samples


def _frames(data: bytes) -> Iterator[tuple[memoryview, int, int]]:
    """ADTS frames with their object type and sample rate. ISO/IEC 14496-3 section 1.A.2.2."""
    at = 0
    while at + 7 <= len(data):
        if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0 or (data[at + 2] >> 2 & 15) >= len(_RATES):
            raise Broken("the sound is no AAC in ADTS")
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if length < 7 or at + length > len(data):
            raise Truncated("a frame of sound is cut short")
        yield memoryview(data)[at : at + length], (data[at + 2] >> 6) + 1, _RATES[data[at + 2] >> 2 & 15]
        at += length
