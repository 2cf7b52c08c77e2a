"""A small encoder of FIT files, little endian, which writes as watches do."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

FIT_EPOCH_S = 631_065_600
_BASE = {
    "enum": (0x00, "B"),
    "s8": (0x01, "b"),
    "u8": (0x02, "B"),
    "u16": (0x84, "H"),
    "s32": (0x85, "i"),
    "u32": (0x86, "I"),
}
_INVALID = {"enum": 0xFF, "s8": 0x7F, "u8": 0xFF, "u16": 0xFFFF, "s32": 0x7FFFFFFF, "u32": 0xFFFFFFFF}
_CRC_TABLE = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip

Field = tuple[int, str, int | None]
FitMessage = tuple[int, Sequence[Field]]
RECORD = 20
_FIT_HEADER_BYTES = 14


def fit_time(at: datetime) -> int:
    return int(at.timestamp()) - FIT_EPOCH_S


@dataclass
class FitBody:
    """Definition and data records of one FIT file, little endian.

    As watches do, it defines each layout once and refers to it by a local number, of which there are 16.
    """

    content: bytearray = field(default_factory=bytearray)
    record_ends: list[int] = field(default_factory=list)  # bytes of the file up to the end of each `record`
    layouts: dict[bytes, int] = field(default_factory=dict)

    def message(self, number: int, fields: Sequence[Field], developer: Sequence[tuple[int, int]] = ()) -> None:
        """One data record, after a definition if its layout is new; a `None` becomes the type's invalid value."""
        layout = struct.pack("<BBHB", 0, 0, number, len(fields))
        for number_of_field, kind, _ in fields:
            layout += struct.pack("<BBB", number_of_field, struct.calcsize(_BASE[kind][1]), _BASE[kind][0])
        if developer:
            layout += bytes([len(developer)]) + b"".join(bytes([num, 2, 0]) for num, _ in developer)
        data = b"".join(
            struct.pack("<" + _BASE[kind][1], _INVALID[kind] if value is None else value) for _, kind, value in fields
        )
        data += b"".join(struct.pack("<H", value) for _, value in developer)
        self._add(layout, data, flag=0x20 if developer else 0)
        if number == RECORD:
            self.record_ends.append(_FIT_HEADER_BYTES + len(self.content))

    def raw(self, number: int, fields: Sequence[tuple[int, int, bytes]]) -> None:
        """One message whose fields are given as (number, base type, bytes): strings and arrays."""
        layout = struct.pack("<BBHB", 0, 0, number, len(fields))
        layout += b"".join(bytes([num, len(data), base]) for num, base, data in fields)
        self._add(layout, b"".join(data for *_, data in fields))

    def _add(self, layout: bytes, data: bytes, *, flag: int = 0) -> None:
        if layout not in self.layouts:
            if len(self.layouts) == 16:
                self.layouts.clear()
            self.layouts[layout] = len(self.layouts)
            self.content += bytes([0x40 | flag | self.layouts[layout]]) + layout
        self.content += bytes([self.layouts[layout]]) + data

    def sealed(self) -> bytes:
        header = struct.pack("<BBHI4s", _FIT_HEADER_BYTES, 0x20, 2132, len(self.content), b".FIT")
        whole = header + struct.pack("<H", fit_crc(header)) + self.content
        return whole + struct.pack("<H", fit_crc(whole))


def fit_crc(data: bytes) -> int:
    """CRC-16 of the FIT protocol."""
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) & 0x0FFF ^ _CRC_TABLE[crc & 0xF] ^ _CRC_TABLE[nibble]
    return crc
