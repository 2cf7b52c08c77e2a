"""The samples of an activity as clients get them: Strava's stream keys, thinned out to a resolution."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import numpy as np

from apis.activities.analytics.grade_adjusted_pace import grade_along
from apis.activities.analytics.moving_time import STANDING_MPS
from apis.activities.models import Record
from apis.activities.recordings import FloatArray, Streams

Resolution = Literal["low", "medium", "high"]
StreamKey = Literal[
    "time",
    "distance",
    "latlng",
    "altitude",
    "velocity_smooth",
    "heartrate",
    "cadence",
    "watts",
    "temp",
    "moving",
    "grade_smooth",
]
MOST_SAMPLES: Final[Mapping[str, int]] = {"low": 100, "medium": 1_000, "high": 10_000}
_CHANNELS: Final[Mapping[str, str]] = {
    "time": "time_s",
    "distance": "distance_m",
    "altitude": "altitude_m",
    "velocity_smooth": "speed_mps",
    "heartrate": "heartrate_bpm",
    "cadence": "cadence_spm",
    "watts": "power_w",
    "temp": "temperature_c",
}
_DECIMALS: Final = 7  # of a degree: a centimetre; every other channel has fewer


class Stream(Record):
    """One channel; a sample without a value is null. Pairs for `latlng`, truth values for `moving`."""

    data: tuple[float | bool | tuple[float, float] | None, ...]
    original_size: int
    resolution: Resolution
    series_type: Literal["time"] = "time"


class StreamSet(Record):
    """The channels that were asked for and that the activity has, by Strava's key."""

    streams: dict[StreamKey, Stream]


def stream_set(streams: Streams, keys: Iterable[StreamKey], resolution: Resolution) -> StreamSet:
    """Channels of a recording with the same samples of each.

    Args:
        streams: All samples.
        keys: Channels asked for; one that was never recorded is left out.
        resolution: How many samples at most; the first and the last are always there.
    """
    size = len(streams)
    most = min(size, MOST_SAMPLES[resolution])
    chosen = np.unique(np.linspace(0, size - 1, most).round().astype(np.intp))
    found = {key: _data(streams, key, chosen) for key in dict.fromkeys(keys)}
    return StreamSet(
        streams={
            key: Stream(data=tuple(data), original_size=size, resolution=resolution)
            for key, data in found.items()
            if data is not None
        }
    )


def _data(streams: Streams, key: StreamKey, chosen: np.ndarray) -> list[Any] | None:
    if key in _DERIVED:
        return _DERIVED[key](streams, chosen)
    values: FloatArray | None = getattr(streams, _CHANNELS[key])
    return None if values is None else _numbers(values[chosen])


def _numbers(values: FloatArray) -> list[float | None]:
    return [round(value, _DECIMALS) if value == value else None for value in values.tolist()]  # noqa: PLR0124 - NaN


def _positions(streams: Streams, chosen: np.ndarray) -> list[Any] | None:
    if streams.lat is None or streams.lon is None:
        return None
    pairs = zip(_numbers(streams.lat[chosen]), _numbers(streams.lon[chosen]), strict=True)
    return [None if lat is None or lon is None else (lat, lon) for lat, lon in pairs]


def _moving(streams: Streams, chosen: np.ndarray) -> list[Any] | None:
    if streams.speed_mps is None:
        return None
    return [speed is None or speed >= STANDING_MPS for speed in _numbers(streams.speed_mps[chosen])]


def _grade(streams: Streams, chosen: np.ndarray) -> list[Any] | None:
    """Percent, smoothed as for the grade-adjusted pace."""
    if streams.distance_m is None or streams.altitude_m is None:
        return None
    known = np.isfinite(streams.distance_m) & np.isfinite(streams.altitude_m)
    grade = np.full(len(streams), np.nan)
    if known.any():
        distance = np.maximum.accumulate(streams.distance_m[known])
        grade[known] = 100.0 * grade_along(distance, streams.altitude_m[known])
    return _numbers(grade[chosen])


_DERIVED: Final[Mapping[str, Callable[[Streams, np.ndarray], list[Any] | None]]] = {
    "latlng": _positions,
    "moving": _moving,
    "grade_smooth": _grade,
}
