"""Repairs of place and distance: satellite jumps, a first fix that is still elsewhere, and what a file leaves out."""

from collections.abc import Callable, MutableMapping
from math import asin, cos, radians, sin, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.geodesy import EARTH_RADIUS_M, haversine_m
from apis.activities.recordings import FloatArray

MAX_TRAVEL_MPS: Final = 60.0  # no sport here is faster for long; a satellite jump is
MOST_STALE_FIXES: Final = 10  # first positions that are the last known ones, before the receiver has a fix
_TWO_ENDS: Final = 2


def drop_unreachable(time_s: FloatArray, columns: MutableMapping[str, FloatArray]) -> None:
    """Blanks positions and distances that the last good ones cannot have led to."""
    lat, lon, distance = columns["lat"], columns["lon"], columns["distance_m"]
    nowhere = (lat == 0.0) & (lon == 0.0)  # what a receiver without a fix writes; there is only water
    lat[nowhere] = lon[nowhere] = np.nan
    placed = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    steps_m = haversine_m(lat[placed], lon[placed])
    lost = _unreachable(time_s, placed, steps_m, lambda a, b: _gap_m(lat[a], lon[a], lat[b], lon[b]))
    lat[lost] = lon[lost] = np.nan
    counted = np.flatnonzero(np.isfinite(distance))
    steps_m = np.abs(np.diff(distance[counted]))
    distance[_unreachable(time_s, counted, steps_m, lambda a, b: abs(distance[b] - distance[a]))] = np.nan


def fill_distance_and_speed(time_s: FloatArray, columns: MutableMapping[str, FloatArray]) -> None:
    """Fills distance from positions and speed from distance where the file has none."""
    if not np.isfinite(columns["distance_m"]).any():
        columns["distance_m"] = _track_distance_m(columns["lat"], columns["lon"])
    distance = columns["distance_m"]
    known = np.flatnonzero(np.isfinite(distance))
    if np.isfinite(columns["speed_mps"]).any() or known.size < _TWO_ENDS:
        return
    step = np.maximum(np.diff(distance[known]), 0.0) / np.diff(time_s[known])
    columns["speed_mps"][known] = np.append(step, step[-1])  # a sample holds until the next, so does its speed


def _unreachable(
    time_s: FloatArray, known: NDArray[np.intp], steps_m: FloatArray, gap_m: Callable[[int, int], float]
) -> list[int]:
    """Positions in the stream that are out of reach of the last one within reach.

    Args:
        time_s: Seconds of every sample.
        known: Samples that have a value.
        steps_m: Metres from each of them to the next.
        gap_m: Metres between the values of two samples.
    """
    out_of_reach = np.flatnonzero(steps_m > MAX_TRAVEL_MPS * np.diff(time_s[known]))
    if not out_of_reach.size:
        return []
    times, order = time_s.tolist(), known.tolist()
    lost = _lost_after(0, times, order, gap_m)
    fixed = int(out_of_reach[0]) + 1
    if fixed > MOST_STALE_FIXES:
        return lost
    lost_with_the_first = order[:fixed] + _lost_after(fixed, times, order, gap_m)
    return min(lost, lost_with_the_first, key=len)


def _lost_after(begin: int, times: list[float], order: list[int], gap_m: Callable[[int, int], float]) -> list[int]:
    lost, last = [], order[begin]
    for index in order[begin + 1 :]:
        if gap_m(last, index) > MAX_TRAVEL_MPS * (times[index] - times[last]):
            lost.append(index)
        else:
            last = index
    return lost


def _gap_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """`haversine_m` of one pair; arrays of two cost 20 times as much."""
    phi, other_phi = radians(lat), radians(other_lat)
    across = sin(radians(other_lon - lon) / 2) ** 2
    chord = sin((other_phi - phi) / 2) ** 2 + cos(phi) * cos(other_phi) * across
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(chord, 1.0)))


def _track_distance_m(lat: FloatArray, lon: FloatArray) -> FloatArray:
    """Distance so far along the positions, shape (n,), metres; NaN where there is no position."""
    distance = np.full(lat.size, np.nan)
    known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if known.size:
        distance[known] = np.append(0.0, np.cumsum(haversine_m(lat[known], lon[known])))
    return distance
