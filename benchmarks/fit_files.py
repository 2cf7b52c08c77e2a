"""FIT files as a watch writes them: one definition for all records, ten fields in each, a lap a kilometre."""

import struct
from datetime import datetime, timedelta

import numpy as np

from apis.activities.formats.fit_checksum import checksum
from tests.support.fit_encoder import RECORD, FitBody, fit_time

MINUTES = 30
SPEED_MPS = 3.0
LAP_M = 1000.0
FILE_ID, LAP, SESSION, EVENT, ACTIVITY = 0, 19, 18, 21, 34
ACTIVITY_FILE, GARMIN, RUNNING = 4, 1, 1
SEMICIRCLES = 2**31 / 180
_FIELDS = ((253, "u32"), (0, "s32"), (1, "s32"), (5, "u32"), (78, "u32"), (73, "u32"), (3, "u8"), (4, "u8"), (13, "s8"),
           (53, "u8"))  # fmt: skip
_ROW = np.dtype(
    [("head", "u1"), ("at", "<u4"), ("lat", "<i4"), ("lon", "<i4"), ("distance", "<u4"), ("altitude", "<u4"),
     ("speed", "<u4"), ("heart", "u1"), ("cadence", "u1"), ("temperature", "i1"), ("fraction", "u1")]
)  # fmt: skip


def run_file(number: int, start: datetime, *, minutes: int = MINUTES) -> bytes:
    """A run at one sample a second, made up from its number.

    Args:
        number: Decides about noise and place.
        start: Aware.
        minutes: How long it is.
    """
    seconds, began = minutes * 60, fit_time(start)
    body = FitBody()
    body.message(FILE_ID, [(0, "enum", ACTIVITY_FILE), (1, "u16", GARMIN), (4, "u32", began)])
    body.message(EVENT, [(253, "u32", began), (0, "enum", 0), (1, "enum", 0)])
    _records(body, number, began, seconds)
    for lap in range(int(SPEED_MPS * seconds / LAP_M)):
        _lap(body, began + round(lap * LAP_M / SPEED_MPS))
    _session(body, began, seconds)
    end = began + seconds
    body.message(ACTIVITY, [(253, "u32", end), (5, "u32", end + 3600), (1, "u16", 1)])
    return _sealed(bytes(body.content))


def starts(count: int, until: datetime) -> list[datetime]:
    """One start a day, the last one the day before."""
    return [until - timedelta(days=count - number) for number in range(count)]


def _records(body: FitBody, number: int, began: int, seconds: int) -> None:
    chance = np.random.default_rng(number)
    second = np.arange(seconds + 1)
    metres = SPEED_MPS * second + chance.normal(0, 0.3, second.size).cumsum() * 0.01
    rows = np.zeros(second.size, dtype=_ROW)
    rows["at"] = began + second
    rows["lat"] = (52.5 + number * 1e-4 + metres / 111_195.08) * SEMICIRCLES
    rows["lon"] = 13.4 * SEMICIRCLES
    rows["distance"] = np.maximum(metres, 0) * 100
    rows["altitude"] = (40 + 6 * np.sin(second / 240) + 500) * 5
    rows["speed"] = np.maximum(SPEED_MPS + chance.normal(0, 0.1, second.size), 0) * 1000
    rows["heart"] = 150 - 30 * np.exp(-second / 120) + chance.normal(0, 2, second.size)
    rows["cadence"], rows["temperature"], rows["fraction"] = 86, 21, 64
    _, *first = rows[0].item()
    body.message(RECORD, [(field, kind, value) for (field, kind), value in zip(_FIELDS, first, strict=True)])
    rows["head"] = body.content[-_ROW.itemsize]  # the local number that the first record was written under
    body.content += rows[1:].tobytes()


def _lap(body: FitBody, began: int) -> None:
    lap_s = round(LAP_M / SPEED_MPS)
    body.message(
        LAP,
        [
            (253, "u32", began + lap_s),
            (2, "u32", began),
            (7, "u32", lap_s * 1000),
            (8, "u32", lap_s * 1000),
            (9, "u32", round(LAP_M * 100)),
            (15, "u8", 150),
        ],
    )


def _session(body: FitBody, began: int, seconds: int) -> None:
    body.message(
        SESSION,
        [
            (253, "u32", began + seconds),
            (2, "u32", began),
            (5, "enum", RUNNING),
            (7, "u32", seconds * 1000),
            (8, "u32", seconds * 1000),
            (9, "u32", round(SPEED_MPS * seconds * 100)),
            (16, "u8", 150),
            (17, "u8", 166),
            (22, "u16", 40),
        ],
    )


def _sealed(content: bytes) -> bytes:
    """With header and checksums; `FitBody.sealed` does the same, half a byte at a time."""
    header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(content), b".FIT")
    whole = header + struct.pack("<H", checksum(header)) + content
    return whole + struct.pack("<H", checksum(whole))
