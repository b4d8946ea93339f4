"""Codec names as RFC 6381 and the codecs' own registrations write them, from what decoders are given."""

from cli.conformance.boxes import Broken, Truncated, unpack


def h264(entry: str, profile: bytes) -> str:
    """From the three bytes of profile, constraints and level."""
    return f"{entry}.{profile.hex()}"


def h265(entry: str, profile: bytes) -> str:
    """From the twelve bytes of profile, tier and level. ISO/IEC 14496-15 annex E.3."""
    first, compatible, level = profile[0], int.from_bytes(profile[1:5], "big"), profile[11]
    space = ("", "A", "B", "C")[first >> 6]
    turned = int(f"{compatible:032b}"[::-1], 2)
    constraints = profile[5:11].rstrip(b"\x00")
    tier = "H" if first & 0x20 else "L"
    return ".".join(
        [
            entry,
            f"{space}{first & 0x1F}",
            f"{turned:X}",
            f"{tier}{level}",
            *(f"{one:X}" for one in constraints),
        ]
    )


def av1(body: bytes) -> str:
    """From av1C."""
    _, second, third = unpack("3B", body, 0)
    deep = 12 if third & 0x20 else 10
    tier, depth = ("H" if third & 0x80 else "M"), deep if third & 0x40 else 8
    return f"av01.{second >> 5}.{second & 0x1F:02}{tier}.{depth:02}"


def vp9(body: bytes) -> str:
    """From vpcC."""
    profile, level, depth = unpack("3B", body, 4)
    return f"vp09.{profile:02}.{level:02}.{depth >> 4:02}"


def mp4_audio(body: bytes) -> str:
    """From esds: ISO/IEC 14496-1 section 7.2.6."""
    decoder = _descriptor(_skipped(_descriptor(body[4:], 3)), 4)
    kind = decoder[0]
    if kind != 0x40:
        return f"mp4a.{kind:02x}"
    return f"mp4a.40.{_object_type(_descriptor(decoder[13:], 5))}"


def _object_type(config: bytes) -> int:
    bits = unpack("H", config, 0)[0]
    kind = bits >> 11
    return kind if kind != 31 else 32 + ((bits >> 5) & 0x3F)


def _skipped(stream: bytes) -> bytes:
    """What follows an ES descriptor's own fields."""
    flags, at = unpack("B", stream, 2)[0], 3
    at += 2 if flags & 0x80 else 0
    at += 1 + stream[at] if flags & 0x40 else 0
    return stream[at + (2 if flags & 0x20 else 0) :]


def _descriptor(data: bytes, tag: int) -> bytes:
    if not data or data[0] != tag:
        raise Broken(f"esds has no descriptor {tag}")
    length, at = 0, 1
    for at in range(1, 5):
        (byte,) = unpack("B", data, at)
        length = length << 7 | byte & 0x7F
        if not byte & 0x80:
            break
    if at + 1 + length > len(data):
        raise Truncated("esds is cut short")
    return data[at + 1 : at + 1 + length]
