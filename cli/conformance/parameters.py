"""The size of the picture from a sequence parameter set, cropped and with square pixels.

ITU-T H.264 section 7.3.2.1.1, ITU-T H.265 section 7.3.2.2.
"""

from fractions import Fraction

from cli.conformance.bits import Bits, payload_of

Size = tuple[int, int]

_WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
"""The profiles of H.264 that say how colours are stored."""
_EXTENDED_SAR = 255
_ACROSS = (1, 1, 12, 10, 16, 40, 24, 20, 32, 80, 18, 15, 64, 160, 4, 3, 2)
_DOWN = (1, 1, 11, 11, 11, 33, 11, 11, 11, 33, 11, 11, 33, 99, 3, 2, 1)
"""Table E-1; the first means that nothing is said."""


def h264_size(unit: bytes) -> Size:
    bits = Bits(payload_of(unit)[1:])
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    chroma = _chroma(bits) if profile in _WITH_CHROMA else 1
    _skip_order(bits)
    bits.unsigned()
    bits.take(1)
    width, rows = (bits.unsigned() + 1) * 16, bits.unsigned() + 1
    frames_only = bits.flag()
    bits.take(1 if frames_only else 2)
    height = rows * 16 * (1 if frames_only else 2)
    across, down = (2 if chroma in {1, 2} else 1), (2 if chroma == 1 else 1) * (1 if frames_only else 2)
    cut = [bits.unsigned() for _ in range(4)] if bits.flag() else [0, 0, 0, 0]
    shape = _shape(bits) if bits.flag() else Fraction(1)
    width, height = width - across * (cut[0] + cut[1]), height - down * (cut[2] + cut[3])
    return round(width * shape), height


def h265_size(unit: bytes) -> Size:
    bits = Bits(payload_of(unit)[2:])
    bits.take(4)
    layers = bits.take(3)
    bits.take(1)
    bits.take(96)
    _skip_layers(bits, layers)
    bits.unsigned()
    chroma = bits.unsigned()
    if chroma == 3:
        bits.take(1)
    width, height = bits.unsigned(), bits.unsigned()
    cut = [bits.unsigned() for _ in range(4)] if bits.flag() else [0, 0, 0, 0]
    across, down = (2 if chroma in {1, 2} else 1), (2 if chroma == 1 else 1)
    return width - across * (cut[0] + cut[1]), height - down * (cut[2] + cut[3])


def _chroma(bits: Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.take(1)
    bits.unsigned()
    bits.unsigned()
    bits.take(1)
    if bits.flag():
        for number in range(12 if chroma == 3 else 8):
            if bits.flag():
                _skip_scaling(bits, 16 if number < 6 else 64)
    return chroma


def _skip_scaling(bits: Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order(bits: Bits) -> None:
    bits.unsigned()
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()


def _shape(bits: Bits) -> Fraction:
    """Of a pixel: its width over its height."""
    if not bits.flag():
        return Fraction(1)
    code = bits.take(8)
    if code == _EXTENDED_SAR:
        across, down = bits.take(16), bits.take(16)
        return Fraction(across, down) if across and down else Fraction(1)
    return Fraction(_ACROSS[code], _DOWN[code]) if code < len(_DOWN) else Fraction(1)


def _skip_layers(bits: Bits, layers: int) -> None:
    told = [(bits.flag(), bits.flag()) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in told:
        bits.take(88 * profile + 8 * level)
