"""Reads bits and Exp-Golomb numbers of a parameter set. ITU-T H.264 sections 7.2 and 9.1."""

import re

from cli.conformance.boxes import Truncated


def payload_of(unit: bytes) -> bytes:
    """A NAL unit without what keeps start codes out of it."""
    return re.sub(rb"\x00\x00\x03", b"\x00\x00", unit)


class Bits:
    def __init__(self, payload: bytes) -> None:
        self._value, self._left = int.from_bytes(payload, "big"), len(payload) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Truncated("a parameter set is cut short")
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.take(1) == 1

    def unsigned(self) -> int:
        zeros = 0
        while not self.flag():
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.unsigned()
        return (number + 1) // 2 if number % 2 else -(number // 2)
