"""Takes a transport stream segment apart into the PES packets of its streams. ISO/IEC 13818-1 section 2.4."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.conformance.boxes import Broken, Truncated, unpack

_PACKET = 188
_SYNC = 0x47
_NULL = 0x1FFF


@dataclass
class Pes:
    """Times are 90 kHz ticks of 33 bits."""

    shown: int
    decoded: int
    data: bytes


@dataclass
class _Stream:
    kind: int
    counter: int | None = None
    open: bytearray | None = None
    whole: list[Pes] = field(default_factory=list)

    def hear(self, payload: bytes, start: bool, counter: int) -> None:
        if self.counter == counter:
            return  # a packet may be sent twice
        if self.counter is not None and counter != (self.counter + 1) % 16:
            raise Broken("packets of a stream are missing")
        self.counter = counter
        if start:
            self.close()
            self.open = bytearray()
        if self.open is not None:
            self.open += payload

    def close(self) -> None:
        if self.open is not None:
            self.whole.append(_pes(bytes(self.open)))
        self.open = None


def read_packets(data: bytes) -> dict[int, tuple[int, list[Pes]]]:
    """By packet id: the stream's type and its PES packets. Raises Broken."""
    streams: dict[int, _Stream] = {}
    programs: set[int] = set()
    for number, start, counter, payload in _packets(data):
        if number == 0 and start:
            programs |= set(_programs(_section(payload)))
        elif number in programs and start:
            for found, kind in _streams(_section(payload)):
                streams.setdefault(found, _Stream(kind))
        elif number in streams:
            streams[number].hear(payload, start, counter)
    for stream in streams.values():
        stream.close()
    return {number: (stream.kind, stream.whole) for number, stream in streams.items()}


def _packets(data: bytes) -> Iterator[tuple[int, bool, int, bytes]]:
    """Packet id, whether something starts in it, its counter, and what it carries."""
    for at in range(0, len(data), _PACKET):
        packet = data[at : at + _PACKET]
        if packet[0] != _SYNC:
            raise Broken(f"no packet starts at byte {at}")
        if len(packet) < _PACKET:
            raise Truncated("it ends inside a packet")
        second, third, fourth = packet[1], packet[2], packet[3]
        body = 5 + packet[4] if fourth & 0x20 else 4
        number = (second & 0x1F) << 8 | third
        if fourth & 0x10 and body < _PACKET and number != _NULL:
            yield number, bool(second & 0x40), fourth & 0x0F, packet[body:]


def _section(payload: bytes) -> bytes:
    """A table's content, without its header and checksum; all tables of one programme fit into a packet."""
    start = 1 + payload[0]
    length = (payload[start + 1] & 0x0F) << 8 | payload[start + 2]
    if start + 3 + length > len(payload):
        raise Broken("a table of programmes is longer than its packet")
    return payload[start + 8 : start + 3 + length - 4]


def _programs(table: bytes) -> Iterator[int]:
    for at in range(0, len(table) - 3, 4):
        program, number = unpack("HH", table, at)
        if program:
            yield number & 0x1FFF


def _streams(table: bytes) -> Iterator[tuple[int, int]]:
    at = 4 + (unpack("H", table, 2)[0] & 0x0FFF)
    while at + 5 <= len(table):
        kind, number, length = unpack("BHH", table, at)
        yield number & 0x1FFF, kind
        at += 5 + (length & 0x0FFF)


def _pes(data: bytes) -> Pes:
    prefix, _, length, _, flags, header = unpack("HHHBBB", data + bytes(9), 0)
    if prefix != 0 or data[2:3] != b"\x01":
        raise Broken("a PES packet does not start as it must")
    if not flags & 0x80:
        raise Broken("a PES packet says no time")
    if length and len(data) < 6 + length:
        raise Truncated("a PES packet is cut short")
    shown = _time(data, 9)
    return Pes(
        shown, _time(data, 14) if flags & 0x40 else shown, data[9 + header : 6 + length if length else None]
    )


def _time(data: bytes, at: int) -> int:
    first, second, third = unpack("BHH", data, at)
    return (first >> 1 & 7) << 30 | (second >> 1) << 15 | third >> 1
