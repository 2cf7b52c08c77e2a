"""What the trend needs to know of one run, computed once at import: samples are not kept for it.

From samples: heart rate without the first ten minutes (it is still rising), speed on the flat at equal cost, and how
steady and how believable the recording is. From a row without samples: the averages of the row.
"""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from apis.activities.analytics.grade_adjusted_pace import flat_distance_m
from apis.activities.analytics.heart_rate_sources import heart_rate_of
from apis.activities.analytics.moving_time import moving_durations_s
from apis.activities.analytics.time_weighting import FloatArray, sample_durations_s, time_weighted_mean
from apis.activities.models import Activity
from apis.activities.recordings import Streams

WARM_UP_S = 600.0
BLOCK_S = 30.0
LOWEST_BPM, HIGHEST_BPM = 30.0, 220.0
SUSTAINED_S = 30.0
CADENCE_LOCK_BPM = 2.0
ONE_LEG_BELOW_SPM = 130.0


class RunFeatures(BaseModel):
    """One run as the trend sees it; what could not be known is null, with SI units and fractions of 1.

    A field that is added later needs a default: what was imported before has none.

    Attributes:
        sustained_max_bpm: The highest heart rate that was reached for more than 30 s in all, so that a spike is not it.
    """

    model_config = ConfigDict(frozen=True)

    source: Literal["streams", "averages"]
    heartrate_bpm: float | None
    speed_mps: float | None
    grade_adjusted: bool
    moving_time_s: float
    heartrate_coverage: float | None = None
    speed_variation: float | None = None
    heartrate_variation: float | None = None
    cadence_lock_share: float | None = None
    heartrate_out_of_range_share: float | None = None
    sustained_max_bpm: float | None = None
    gain_m_per_km: float | None = None


def run_features(activity: Activity, streams: Streams | None = None) -> RunFeatures:
    """The features of one run.

    Args:
        activity: The run as it is stored.
        streams: Its samples, if there were any; without a heart rate or a distance channel the averages
            of `activity` stand in for what is missing.
    """
    if streams is None or len(streams) < 2:  # noqa: PLR2004  one sample lasts no time
        return _from_averages(activity)
    return _from_streams(activity, streams)


def _from_averages(activity: Activity) -> RunFeatures:
    reading = heart_rate_of(activity)
    moving = activity.moving_time
    return RunFeatures(
        source="averages",
        heartrate_bpm=reading[0] if reading else None,
        speed_mps=activity.distance / moving if activity.distance and moving > 0 else None,
        grade_adjusted=False,
        moving_time_s=moving,
        heartrate_coverage=_share(activity.heartrate_time, moving) if activity.time_weighted_heartrate else None,
        gain_m_per_km=_gain_m_per_km(activity),
    )


def _from_streams(activity: Activity, streams: Streams) -> RunFeatures:
    time_s, speed = streams.time_s, _speed_mps(streams)
    steady = time_s >= time_s[0] + WARM_UP_S
    moving = moving_durations_s(time_s, speed)
    heart = _channel(streams.heartrate_bpm, time_s)
    mean = time_weighted_mean(time_s[steady], heart[steady])
    flat_speed = _flat_speed_mps(streams, moving, steady)
    recorded = moving[np.isfinite(heart) & (heart > 0)].sum()
    averages = _from_averages(activity)
    return RunFeatures(
        source="streams",
        heartrate_bpm=mean.mean if mean.covered_s > 0 else None,
        speed_mps=flat_speed or _mean_speed_mps(speed, moving, steady) or averages.speed_mps,
        grade_adjusted=flat_speed is not None,
        moving_time_s=activity.moving_time or float(moving.sum()),
        heartrate_coverage=_share(float(recorded), float(moving.sum())),
        speed_variation=_variation(time_s[steady], speed[steady], moving[steady]),
        heartrate_variation=_variation(time_s[steady], heart[steady], moving[steady]),
        cadence_lock_share=_cadence_lock_share(streams, heart),
        heartrate_out_of_range_share=_out_of_range_share(time_s, heart),
        sustained_max_bpm=_sustained_max_bpm(time_s, heart),
        gain_m_per_km=averages.gain_m_per_km,
    )


def _channel(values: FloatArray | None, like: FloatArray) -> FloatArray:
    return np.full(like.shape, np.nan) if values is None else values


def _speed_mps(streams: Streams) -> FloatArray:
    """The speed channel, else the slope of distance over time."""
    if streams.speed_mps is not None or streams.distance_m is None:
        return _channel(streams.speed_mps, streams.time_s)
    steps_s = np.diff(streams.time_s, prepend=streams.time_s[0])
    steps_m = np.diff(streams.distance_m, prepend=streams.distance_m[0])
    speed: FloatArray = np.divide(steps_m, steps_s, out=np.full(steps_s.shape, np.nan), where=steps_s > 0)
    return speed


def _mean_speed_mps(speed: FloatArray, moving: FloatArray, steady: np.ndarray) -> float | None:
    counted = steady & np.isfinite(speed) & (moving > 0)
    seconds = float(moving[counted].sum())
    return float((speed[counted] * moving[counted]).sum()) / seconds if seconds > 0 else None


def _flat_speed_mps(streams: Streams, moving: FloatArray, steady: np.ndarray) -> float | None:
    """Grade-adjusted speed after the warm-up; None without distance and altitude."""
    if streams.distance_m is None or streams.altitude_m is None:
        return None
    known = steady & np.isfinite(streams.distance_m) & np.isfinite(streams.altitude_m)
    seconds = float(moving[steady].sum())
    if np.count_nonzero(known) < 2 or seconds == 0:  # noqa: PLR2004  a slope needs two points
        return None
    distance = np.maximum.accumulate(streams.distance_m[known])
    return flat_distance_m(distance, streams.altitude_m[known]) / seconds or None


def _variation(time_s: FloatArray, values: FloatArray, moving: FloatArray) -> float | None:
    """Coefficient of variation of 30 s means in motion: intervals stand out, GPS noise does not."""
    counted = np.isfinite(values) & (values > 0) & (moving > 0)
    if np.count_nonzero(counted) < 2:  # noqa: PLR2004  one value does not vary
        return None
    block = ((time_s[counted] - time_s[counted][0]) // BLOCK_S).astype(np.intp)
    weights = np.bincount(block, moving[counted])
    sums = np.bincount(block, moving[counted] * values[counted])
    means = sums[weights > 0] / weights[weights > 0]
    return float(means.std() / means.mean())


def _cadence_lock_share(streams: Streams, heart: FloatArray) -> float | None:
    """Share of the time in which the "heart rate" is the step rate: an optical sensor counting footfalls."""
    if streams.cadence_spm is None:
        return None
    cadence = streams.cadence_spm
    both = np.isfinite(cadence) & (cadence > 0) & np.isfinite(heart) & (heart > 0)
    if not both.any():
        return None
    # Strava and FIT count one leg; a few devices write both.
    steps = cadence * (2.0 if np.median(cadence[both]) < ONE_LEG_BELOW_SPM else 1.0)
    durations = sample_durations_s(streams.time_s)
    locked = both & (np.abs(heart - steps) <= CADENCE_LOCK_BPM)
    return _share(float(durations[locked].sum()), float(durations[both].sum()))


def _out_of_range_share(time_s: FloatArray, heart: FloatArray) -> float | None:
    durations = sample_durations_s(time_s)
    recorded = np.isfinite(heart) & (heart > 0)
    strange = recorded & ((heart < LOWEST_BPM) | (heart > HIGHEST_BPM))
    return _share(float(durations[strange].sum()), float(durations[recorded].sum()))


def _sustained_max_bpm(time_s: FloatArray, heart: FloatArray) -> float | None:
    """From the highest heart rate down, the first one by which more than 30 s have passed."""
    recorded = np.isfinite(heart) & (heart > 0)
    falling = np.argsort(heart[recorded])[::-1]
    long_enough = np.cumsum(sample_durations_s(time_s)[recorded][falling]) > SUSTAINED_S
    return float(heart[recorded][falling][np.argmax(long_enough)]) if long_enough.any() else None


def _gain_m_per_km(activity: Activity) -> float | None:
    if activity.total_elevation_gain is None or not activity.distance:
        return None
    return activity.total_elevation_gain / (activity.distance / 1000)


def _share(part: float, whole: float) -> float | None:
    return min(part / whole, 1.0) if whole > 0 else None
