"""From the samples of a file, in file order, to streams that an analysis can trust.

Repairs what every format gets wrong alike: the clock that jumps to its first satellite fix, time that goes
back, two samples in one second (lap borders of TCX), a heart rate of 0 or beyond 220, and satellite jumps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.errors import ClockNotSet, FileTooLarge
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
MAX_SAMPLES: Final = 200_000  # 55 hours at one a second; bounds memory and time of one upload
MAX_HEARTRATE_BPM: Final = 220.0
MIN_HEARTRATE_BPM: Final = 25.0
CLOCK_JUMP_S: Final = 30 * 86_400.0
LONGEST_S: Final = 10 * 86_400.0
MAX_TRAVEL_MPS: Final = 60.0  # no sport here is faster for long; a satellite jump is
EARTH_RADIUS_M: Final = 6_371_008.8
CLOCK_SET: Final = datetime(2005, 1, 1, tzinfo=UTC)
FIRST_PLAUSIBLE: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class SampleLog:
    """Collects samples while a parser runs; a parser that stops early keeps what it has logged."""

    at_s: list[float] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, at: datetime, values: Mapping[str, float | None]) -> None:
        """Logs one sample: an aware instant and its channels by name, `None` where the file has no value.

        Raises:
            FileTooLarge: More samples than anybody records in one go.
        """
        if len(self.at_s) >= MAX_SAMPLES:
            raise FileTooLarge
        found = (values.get(name) for name in CHANNELS)
        self.at_s.append(at.timestamp())
        self.rows.append(tuple(float("nan") if value is None else value for value in found))

    def __len__(self) -> int:
        return len(self.at_s)


@dataclass(frozen=True, slots=True)
class Recording:
    """Clean streams and the instant of their first sample."""

    start_at: datetime
    streams: Streams

    @property
    def duration_s(self) -> float:
        return float(self.streams.time_s[-1])


def recording_of(log: SampleLog) -> Recording | None:
    """Streams of the samples logged, or `None` if there are none.

    Raises:
        ClockNotSet: The device never learned the date.
    """
    if not log.at_s:
        return None
    at_s, table = _without_clock_jump(np.array(log.at_s)), np.array(log.rows, dtype=np.float64)
    believable = _believable(at_s)
    at_s, table = _one_row_per_instant(at_s[believable], table[believable])
    start_at = datetime.fromtimestamp(float(at_s[0]), UTC)
    if start_at < FIRST_PLAUSIBLE:
        raise ClockNotSet
    columns = dict(zip(CHANNELS, table.T, strict=True))
    columns["heartrate_bpm"] = _plausible_heartrate(columns["heartrate_bpm"])
    time_s = at_s - at_s[0]
    _drop_unreachable_positions(time_s, columns)
    _derive_distance_and_speed(time_s, columns)
    recorded = {name: np.ascontiguousarray(values) for name, values in columns.items() if np.isfinite(values).any()}
    return Recording(start_at, Streams(time_s, **recorded))


def _without_clock_jump(at_s: FloatArray) -> FloatArray:
    """Moves samples from before the clock was set up to one second before those that follow.

    Watches count from 1989, or from a satellite week of 2001, until their first fix.
    """
    jumps = np.flatnonzero((np.diff(at_s) >= CLOCK_JUMP_S) & (at_s[:-1] < CLOCK_SET.timestamp()))
    for jump in jumps[::-1]:
        at_s[: jump + 1] += at_s[jump + 1] - at_s[jump] - 1.0
    return at_s


def _believable(at_s: FloatArray) -> NDArray[np.bool_]:
    """Which times are not damaged: near the others, and not a lone step ahead that the next sample takes back."""
    middle = np.sort(at_s)[(at_s.size - 1) // 2]  # a time that occurs, which the mean of two need not
    believable: NDArray[np.bool_] = np.abs(at_s - middle) <= LONGEST_S
    believable[1:-1] &= (at_s[1:-1] <= at_s[2:]) | (at_s[2:] < at_s[:-2])
    return believable


def _one_row_per_instant(at_s: FloatArray, table: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Drops samples that time runs back for, and joins those of one instant: the first value present wins."""
    forward = at_s >= np.maximum.accumulate(at_s)
    at_s, table = at_s[forward], table[forward]
    first = np.flatnonzero(np.diff(at_s, prepend=-np.inf) > 0)
    if first.size == at_s.size:
        return at_s, table
    joined = table[first]
    group = np.cumsum(np.diff(at_s, prepend=-np.inf) > 0) - 1
    for repeat in np.setdiff1d(np.arange(at_s.size), first):
        row = joined[group[repeat]]
        joined[group[repeat]] = np.where(np.isnan(row), table[repeat], row)
    return at_s[first], joined


def _plausible_heartrate(bpm: FloatArray) -> FloatArray:
    """A strap that lost contact writes 0 and one that gained noise writes 240: both are missing."""
    return np.where((bpm >= MIN_HEARTRATE_BPM) & (bpm <= MAX_HEARTRATE_BPM), bpm, np.nan)


def _drop_unreachable_positions(time_s: FloatArray, columns: dict[str, FloatArray]) -> None:
    """Blanks positions that the last good one cannot have led to; a device's own distance is left alone."""
    lat, lon = columns["lat"], columns["lon"]
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if known.size < 2:  # noqa: PLR2004  a step needs two ends
        return
    steps_m = haversine_m(lat[known], lon[known])
    if (steps_m <= MAX_TRAVEL_MPS * np.diff(time_s[known])).all():
        return
    last = known[0]
    for index in known[1:]:
        pair = [last, index]
        if haversine_m(lat[pair], lon[pair])[0] > MAX_TRAVEL_MPS * (time_s[index] - time_s[last]):
            lat[index] = lon[index] = np.nan
        else:
            last = index


def _derive_distance_and_speed(time_s: FloatArray, columns: dict[str, FloatArray]) -> None:
    """Fills distance from positions and speed from distance where the file has none."""
    if not np.isfinite(columns["distance_m"]).any():
        columns["distance_m"] = _track_distance_m(columns["lat"], columns["lon"])
    distance = columns["distance_m"]
    if np.isfinite(columns["speed_mps"]).any() or np.isfinite(distance).sum() < 2:  # noqa: PLR2004  as above
        return
    known = np.flatnonzero(np.isfinite(distance))
    step = np.maximum(np.diff(distance[known]), 0.0) / np.diff(time_s[known])
    columns["speed_mps"] = columns["speed_mps"].copy()
    columns["speed_mps"][known] = np.append(step, step[-1])  # a sample holds until the next, so does its speed


def _track_distance_m(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Distance so far along the positions, shape (n,), metres; NaN where there is no position."""
    distance = np.full(lat.size, np.nan)
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if known.size:
        distance[known] = np.append(0.0, np.cumsum(haversine_m(lat[known], lon[known])))
    return distance


def haversine_m(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Great-circle length of each step between positions in degrees: shape (n,) gives (n - 1,), metres."""
    phi, lam = np.radians(lat), np.radians(lon)
    chord = np.sin(np.diff(phi) / 2) ** 2 + np.cos(phi[:-1]) * np.cos(phi[1:]) * np.sin(np.diff(lam) / 2) ** 2
    length: FloatArray = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return length
