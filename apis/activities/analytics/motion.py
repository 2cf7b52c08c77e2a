"""Motion of a recording, sample by sample: distance so far, seconds in motion, and what slopes cost.

What a sample says holds until the next one. Computed once from the samples and shared by splits, best efforts,
efficiency and grade-adjusted speed, so that all of them agree on what a pause is.
"""

from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.elevation import SMOOTHING_S, centred_moving_mean
from apis.activities.analytics.grade_adjusted_pace import DOWNHILL_CREDIT, cost_ratio, grade_along
from apis.activities.analytics.moving_time import moving_durations_s
from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray
from apis.activities.recordings import Streams

COARSE_STEPS = 3.0  # a gap this many times the usual step is a pause, if it is longer than the gap cap
LEAST_ALTITUDE_SHARE = 0.8  # of the samples; with fewer the slopes would be guesses
_FEWEST_SAMPLES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Arrays of shape (n,), none of them with a gap.

    Attributes:
        time_s: Seconds from the first sample.
        moving_s: Seconds of motion from each sample to the next; 0 while standing and in a pause.
        distance_m: Metres so far, never decreasing; None where fewer than two samples have a distance.
        flat_m: Metres on the flat that cost as much as those from each sample to the next; None without altitude.
        altitude_m: Smoothed over 15 s of time; None without altitude.
    """

    time_s: FloatArray
    moving_s: FloatArray
    distance_m: FloatArray | None
    flat_m: FloatArray | None
    altitude_m: FloatArray | None

    def steps_m(self) -> FloatArray | None:
        """Metres from each sample to the next."""
        return None if self.distance_m is None else np.diff(self.distance_m, append=self.distance_m[-1])


def motion_of(streams: Streams) -> Motion:
    """The motion of a recording with at least one sample."""
    time_s = streams.time_s
    distance = _distance_m(streams)
    raw_altitude = _altitude_m(streams)
    moving = moving_durations_s(time_s, _speed_mps(streams, distance), gap_cap_s=pause_s(time_s))
    return Motion(
        time_s=time_s,
        moving_s=moving,
        distance_m=distance,
        flat_m=_flat_m(distance, raw_altitude),
        altitude_m=None if raw_altitude is None else centred_moving_mean(time_s, raw_altitude, width=SMOOTHING_S),
    )


def pause_s(time_s: FloatArray) -> float:
    """From which length a gap between samples is a pause, seconds: 10, or more where recording is coarse."""
    if time_s.size < _FEWEST_SAMPLES:
        return GAP_CAP_S
    return max(GAP_CAP_S, COARSE_STEPS * float(np.median(np.diff(time_s))))


def _distance_m(streams: Streams) -> FloatArray | None:
    """Distance so far; between samples that have one it grows evenly, a step back counts as standing."""
    if streams.distance_m is None:
        return None
    known = np.isfinite(streams.distance_m)
    if np.count_nonzero(known) < _FEWEST_SAMPLES:
        return None
    forward = np.maximum.accumulate(streams.distance_m[known])
    return np.interp(streams.time_s, streams.time_s[known], forward)


def _altitude_m(streams: Streams) -> FloatArray | None:
    if streams.altitude_m is None:
        return None
    known = np.isfinite(streams.altitude_m)
    if np.count_nonzero(known) < max(_FEWEST_SAMPLES, LEAST_ALTITUDE_SHARE * known.size):
        return None
    return np.interp(streams.time_s, streams.time_s[known], streams.altitude_m[known])


def _speed_mps(streams: Streams, distance_m: FloatArray | None) -> FloatArray:
    """The speed channel, else the slope of distance; NaN where neither says anything."""
    if streams.speed_mps is not None:
        return streams.speed_mps
    if distance_m is None:
        return np.full(streams.time_s.shape, np.nan)
    steps_s = np.diff(streams.time_s, append=streams.time_s[-1])
    steps_m = np.diff(distance_m, append=distance_m[-1])
    speed: FloatArray = np.divide(steps_m, steps_s, out=np.full(steps_s.shape, np.nan), where=steps_s > 0)
    return speed


def _flat_m(distance_m: FloatArray | None, altitude_m: FloatArray | None) -> FloatArray | None:
    if distance_m is None or altitude_m is None:
        return None
    ratio = cost_ratio(grade_along(distance_m, altitude_m), downhill_credit=DOWNHILL_CREDIT)
    flat: FloatArray = np.diff(distance_m, append=distance_m[-1]) * ratio
    return flat
