"""The `record` messages of a FIT file as a table: one row each, whose columns become channels.

A file is mostly records, so this is the part whose speed counts: one look-up per field, and no object per record.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from fitdecode import profile

from apis.activities.errors import FileTooLarge
from apis.activities.formats.samples import CHANNELS, MAX_SAMPLES, Samples
from apis.activities.recordings import FloatArray

RECORD: Final = 20  # the message's number in the FIT profile
FIT_EPOCH_S: Final = 631_065_600  # 1989-12-31, Unix seconds
_LARGEST_TIME_S: Final = 2**32
_DEG_PER_SEMICIRCLE: Final = 180.0 / 2**31
_COLUMNS: Final = (
    "timestamp",
    "heart_rate",
    "distance",
    "enhanced_speed",
    "speed",
    "enhanced_altitude",
    "altitude",
    "cadence",
    "fractional_cadence",
    "temperature",
    "power",
    "position_lat",
    "position_long",
)
# Keyed by fitdecode's own field objects: a developer field is another object, whatever name it carries.
_COLUMN_OF: Final[dict[Any, int]] = {
    each: _COLUMNS.index(each.name) for each in profile.MESSAGE_TYPES[RECORD].fields.values() if each.name in _COLUMNS
}
_BLANK: Final = [float("nan")] * len(_COLUMNS)
_NUMBERS: Final = (int, float)


@dataclass(slots=True)
class RecordTable:
    """The records of one FIT file so far, in file order."""

    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, fields: Iterable[Any]) -> None:
        """Appends the fields of one record; a value that is no number, whatever a definition calls it, is missing.

        Raises:
            FileTooLarge: More records than anybody records in one go.
        """
        row, column_of = _BLANK.copy(), _COLUMN_OF.get
        for each in fields:
            column = column_of(each.field)
            if column is not None and isinstance(each.value, _NUMBERS):
                row[column] = each.value
        self.values.extend(row)
        if len(self.values) > MAX_SAMPLES * len(_COLUMNS):
            raise FileTooLarge

    def __len__(self) -> int:
        return len(self.values) // len(_COLUMNS)

    def samples(self) -> Samples:
        """The records that have a time, in SI units and degrees."""
        table = np.array(self.values).reshape(-1, len(_COLUMNS))
        timed = table[(table[:, 0] >= 0.0) & (table[:, 0] < _LARGEST_TIME_S)]
        raw = dict(zip(_COLUMNS, timed.T, strict=True))
        channels = {
            "heartrate_bpm": raw["heart_rate"],
            "distance_m": raw["distance"],
            "speed_mps": _first_known(raw["enhanced_speed"], raw["speed"]),
            "altitude_m": _first_known(raw["enhanced_altitude"], raw["altitude"]),
            "cadence_spm": raw["cadence"] + np.nan_to_num(raw["fractional_cadence"]),
            "temperature_c": raw["temperature"],
            "power_w": raw["power"],
            "lat": raw["position_lat"] * _DEG_PER_SEMICIRCLE,
            "lon": raw["position_long"] * _DEG_PER_SEMICIRCLE,
        }
        return Samples(raw["timestamp"] + FIT_EPOCH_S, np.column_stack([channels[name] for name in CHANNELS]))


def _first_known(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.where(np.isnan(one), other, one)
