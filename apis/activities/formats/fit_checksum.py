"""The checksum of FIT files: CRC-16 with the reversed polynomial 0xA001 and start value 0.

fitdecode checks it as well, but half a byte at a time, which makes a third of its reading time. This takes two bytes
at a time. Source: FIT protocol, "CRC"; check value of "123456789": 0xBB3D (CRC-16/ARC).
"""

from array import array
from typing import Final

import numpy as np

_POLYNOMIAL: Final = 0xA001
_AT_ONCE: Final = 1 << 16  # words that become Python's numbers, which take 40 bytes each


def checksum(content: bytes) -> int:
    """CRC-16 of the content."""
    register, pairs = 0, _TWO_BYTES
    words = np.frombuffer(content, dtype="<u2", count=len(content) // 2)
    for begin in range(0, words.size, _AT_ONCE):
        for word in words[begin : begin + _AT_ONCE].tolist():
            register = pairs[register ^ word]
    if len(content) % 2:
        register = (register >> 8) ^ _ONE_BYTE[(register ^ content[-1]) & 0xFF]
    return register


def _table(bits: int) -> "array[int]":
    """What each register of that many bits becomes when they are shifted out."""
    registers = np.arange(1 << bits)
    for _ in range(bits):
        registers = (registers >> 1) ^ np.where(registers & 1, _POLYNOMIAL, 0)
    return array("H", registers.tolist())


_ONE_BYTE: Final = _table(8)
_TWO_BYTES: Final = _table(16)
