"""Splits: a recording cut at every kilometre or mile, the last one shorter.

Totals of a split are differences of running totals, read at the instant in which its last metre was covered, so that
the splits add up to the whole. A stop at a boundary belongs to the split after it.
"""

from typing import Final

import numpy as np

from apis.activities.analytics.motion import Motion
from apis.activities.analytics.time_weighting import FloatArray, sample_durations_s
from apis.activities.models import Split

METRIC_M: Final = 1000.0
STANDARD_M: Final = 1609.344
SHORTEST_LAST_M: Final = 10.0  # a shorter rest is part of the split before it
MOST_SPLITS: Final = 1000  # a damaged distance must not fill the store
_DECIMALS: Final = 3  # millimetres and milliseconds
_LEAST_S: Final = 0.001  # differences of running totals that are smaller are rounding


def splits(
    motion: Motion, heartrate_bpm: FloatArray | None, *, length_m: float = METRIC_M, grade_adjusted: bool = False
) -> tuple[Split, ...]:
    """The splits of a recording; none without distance.

    Speeds are over moving time, heart rate is time-weighted with a gap cap of 10 s, elevation is that of the smoothed
    altitude.

    Args:
        motion: Of the recording.
        heartrate_bpm: Shape (n,), bpm, NaN where missing; None where none was recorded.
        length_m: Of each split, metres.
        grade_adjusted: Whether slopes cost what they cost a runner.
    """
    if motion.distance_m is None:
        return ()
    edges_m = _edges_m(motion.distance_m, length_m)
    at_s = _reached_at_s(motion.time_s, motion.distance_m, edges_m)
    distance, elapsed = np.diff(edges_m), np.diff(at_s)
    moving = _between(motion, motion.moving_s, at_s)
    beats, beating = (_between(motion, each, at_s) for each in _heart_totals(motion, heartrate_bpm))
    flat = None if motion.flat_m is None or not grade_adjusted else _between(motion, motion.flat_m, at_s)
    climb = None if motion.altitude_m is None else np.diff(np.interp(at_s, motion.time_s, motion.altitude_m))
    return tuple(
        Split(
            split=index + 1,
            distance=_kept(distance[index]),
            elapsed_time=_kept(elapsed[index]),
            moving_time=_kept(moving[index]),
            elevation_difference=None if climb is None else _kept(climb[index]),
            average_speed=_per_second(distance, moving, index),
            average_grade_adjusted_speed=None if flat is None else _per_second(flat, moving, index),
            average_heartrate=_per_second(beats, beating, index),
        )
        for index in range(distance.size)
    )


def _edges_m(distance_m: FloatArray, length_m: float) -> FloatArray:
    first, last = float(distance_m[0]), float(distance_m[-1])
    if last <= first:
        return np.array([])
    whole = int(min((last - first) // length_m, MOST_SPLITS))
    edges = first + length_m * np.arange(whole + 1.0)
    if last - edges[-1] >= SHORTEST_LAST_M or whole == 0:
        return np.append(edges, last)
    return np.append(edges[:-1], last)


def _reached_at_s(time_s: FloatArray, distance_m: FloatArray, edges_m: FloatArray) -> FloatArray:
    """When each edge was first reached; the first and the last split also hold the time before and after them."""
    if edges_m.size == 0:
        return edges_m
    after = np.clip(np.searchsorted(distance_m, edges_m, side="left"), 1, distance_m.size - 1)
    before_m, after_m = distance_m[after - 1], distance_m[after]
    part = np.divide(edges_m - before_m, after_m - before_m, out=np.zeros_like(edges_m), where=after_m > before_m)
    at_s: FloatArray = time_s[after - 1] + part * (time_s[after] - time_s[after - 1])
    at_s[0], at_s[-1] = time_s[0], time_s[-1]
    return at_s


def _between(motion: Motion, amounts: FloatArray, at_s: FloatArray) -> FloatArray:
    """Sum of what samples add between consecutive instants; a step across an instant is divided evenly."""
    so_far = np.concatenate(([0.0], np.cumsum(amounts[:-1])))
    return np.diff(np.interp(at_s, motion.time_s, so_far))


def _heart_totals(motion: Motion, heartrate_bpm: FloatArray | None) -> tuple[FloatArray, FloatArray]:
    """Beats-per-minute seconds and seconds with a heart rate that each sample adds."""
    nothing = np.zeros(motion.time_s.shape)
    if heartrate_bpm is None:
        return nothing, nothing
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0)
    seconds = np.where(usable, sample_durations_s(motion.time_s), 0.0)
    return seconds * np.where(usable, heartrate_bpm, 0.0), seconds


def _per_second(totals: FloatArray, seconds: FloatArray, index: int) -> float | None:
    return _kept(totals[index] / seconds[index]) if seconds[index] > _LEAST_S else None


def _kept(value: float) -> float:
    return round(float(value), _DECIMALS)
