"""From the samples of a file, in file order, to streams that an analysis can trust.

Every format logs its samples here; the repairs of their clock are in `clock`, those of place and distance in `track`.
A value that no sensor can have measured is missing.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np

from apis.activities.errors import ClockNotSet, FileTooLarge
from apis.activities.formats import clock, track
from apis.activities.recordings import FloatArray, Streams

CHANNELS: Final = (
    "heartrate_bpm",
    "distance_m",
    "speed_mps",
    "altitude_m",
    "cadence_spm",
    "temperature_c",
    "power_w",
    "lat",
    "lon",
)
FIRST_PLAUSIBLE: Final = datetime(2000, 1, 1, tzinfo=UTC)
MAX_SAMPLES: Final = 200_000  # 55 hours at one a second; bounds memory and time of one upload

# What a sensor on an athlete can show, both ends included; anything else is a dropout, noise or damage.
PLAUSIBLE: Final[Mapping[str, tuple[float, float]]] = {
    "heartrate_bpm": (25.0, 220.0),
    "distance_m": (0.0, 1e7),
    "speed_mps": (0.0, track.MAX_TRAVEL_MPS),
    "altitude_m": (-1000.0, 10_000.0),
    "cadence_spm": (0.0, 254.0),
    "temperature_c": (-60.0, 80.0),
    "power_w": (0.0, 4000.0),
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
}
STEPS_FROM: Final = 120.0  # nobody runs 240 steps a minute on average; above this, both legs were counted


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples before any repair: Unix seconds, shape (n,), and the channels, shape (n, 9), NaN where missing."""

    at_s: FloatArray
    table: FloatArray


@dataclass(slots=True)
class SampleLog:
    """Collects samples while a parser runs; a parser that stops early keeps what it has logged."""

    at_s: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, at: datetime, values: Mapping[str, float | None]) -> None:
        """Logs one sample: an aware instant and its channels by name, `None` where the file has no value.

        Raises:
            FileTooLarge: More samples than anybody records in one go.
        """
        if len(self.at_s) >= MAX_SAMPLES:
            raise FileTooLarge
        found = (values.get(name) for name in CHANNELS)
        self.at_s.append(at.timestamp())
        self.values.extend(float("nan") if value is None else value for value in found)

    def __len__(self) -> int:
        return len(self.at_s)

    def samples(self) -> Samples:
        return Samples(np.array(self.at_s), np.array(self.values).reshape(-1, len(CHANNELS)))


@dataclass(frozen=True, slots=True)
class Recording:
    """Clean streams and the instant of their first sample."""

    start_at: datetime
    streams: Streams

    @property
    def duration_s(self) -> float:
        return float(self.streams.time_s[-1])


def recording_of(
    samples: Samples, *, running: bool = False, damaged: bool = False, begun: Sequence[datetime] = ()
) -> Recording | None:
    """Streams of the samples, or `None` if there are none.

    Args:
        samples: In file order.
        running: The cadence is one of running.
        damaged: The file is; its samples are then good up to some point and may be anything after it.
        begun: When the file itself says it was begun.

    Raises:
        ClockNotSet: The device never learned the date.
    """
    if not samples.at_s.size:
        return None
    at_s, kept = clock.in_order(samples.at_s, damaged=damaged, begun_s=[each.timestamp() for each in begun])
    at_s, table = clock.one_row_per_instant(at_s, _plausible(samples.table)[kept])
    start_at = datetime.fromtimestamp(float(at_s[0]), UTC)
    if start_at < FIRST_PLAUSIBLE:
        raise ClockNotSet
    time_s = at_s - at_s[0]
    columns = dict(zip(CHANNELS, table.T.copy(), strict=True))
    track.drop_unreachable(time_s, columns)
    track.fill_distance_and_speed(time_s, columns)
    columns["cadence_spm"] = _of_one_leg(columns["cadence_spm"]) if running else columns["cadence_spm"]
    recorded = {name: values for name, values in columns.items() if np.isfinite(values).any()}
    return Recording(start_at, Streams(time_s, **recorded))


def _of_one_leg(cadence_spm: FloatArray) -> FloatArray:
    """Cadence as Strava and FIT count it; some vendors write the steps of both legs, which are twice as many."""
    known = cadence_spm[np.isfinite(cadence_spm)]
    return cadence_spm / 2.0 if known.size and np.median(known) > STEPS_FROM else cadence_spm


def _plausible(table: FloatArray) -> FloatArray:
    lowest, highest = np.array([PLAUSIBLE[name] for name in CHANNELS]).T
    return np.where((table >= lowest) & (table <= highest), table, np.nan)
