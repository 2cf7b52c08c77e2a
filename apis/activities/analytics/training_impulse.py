"""Training load of one activity: TRIMP and hrTSS from heart rate, NP and TSS from power.

Tools disagree on TRIMP's constants for women; ours are Banister's, as quoted by Morton, and the result says so.
"""

from typing import Literal

import numpy as np

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray, sample_durations_s

Sex = Literal["male", "female"]

_WEIGHTING: dict[Sex, tuple[float, float]] = {"male": (0.64, 1.92), "female": (0.86, 1.67)}
ROLLING_S = 30.0
_HOUR_S = 3600.0


def _load_per_minute(reserve_share: FloatArray, sex: Sex) -> FloatArray:
    scale, exponent = _WEIGHTING[sex]
    load: FloatArray = reserve_share * scale * np.exp(exponent * reserve_share)
    return load


def training_impulse(
    time_s: FloatArray,
    heartrate_bpm: FloatArray,
    *,
    resting_bpm: float,
    max_bpm: float,
    sex: Sex,
    gap_cap_s: float = GAP_CAP_S,
) -> float:
    """TRIMP, summed over the samples: the weighting is convex, so that of the mean heart rate would be too low.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        heartrate_bpm: Shape (n,), bpm; missing (NaN) and zero samples add nothing.
        resting_bpm: Below it the load is 0.
        max_bpm: Above it the load is that of the maximum.
        sex: Picks Banister's constants.
        gap_cap_s: The longest time that one sample stands for, seconds.

    Raises:
        InputsMissing: `max_bpm` is not above `resting_bpm`.

    Source: Banister 1991; constants as in Morton, Fitz-Clarke & Banister 1990, J Appl Physiol 69:1171.
    """
    _check_reserve(resting_bpm, max_bpm)
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0)
    share = np.clip((heartrate_bpm[usable] - resting_bpm) / (max_bpm - resting_bpm), 0.0, 1.0)
    minutes = sample_durations_s(time_s, gap_cap_s=gap_cap_s)[usable] / 60.0
    return float((minutes * _load_per_minute(share, sex)).sum())


def heart_rate_stress_score(impulse: float, *, resting_bpm: float, max_bpm: float, lthr_bpm: float, sex: Sex) -> float:
    """hrTSS: TRIMP in units of one hour at the threshold heart rate, which is 100.

    Args:
        impulse: From `training_impulse` with the same resting and maximal heart rate.
        resting_bpm: bpm.
        max_bpm: bpm.
        lthr_bpm: Lactate threshold heart rate, bpm.
        sex: As for `impulse`.

    Raises:
        InputsMissing: The three heart rates are not in order.

    Source: as published by TrainingPeaks and implemented by GoldenCheetah.
    """
    _check_reserve(resting_bpm, max_bpm)
    if not resting_bpm < lthr_bpm <= max_bpm:
        raise InputsMissing("the threshold heart rate is not between the resting and the maximal one")
    share = np.array([(lthr_bpm - resting_bpm) / (max_bpm - resting_bpm)])
    return impulse / float(60.0 * _load_per_minute(share, sex)[0]) * 100.0


def normalized_power_w(power_w: FloatArray, *, interval_s: float = 1.0) -> float:
    """Power that a steady ride would need for the same physiological cost.

    Args:
        power_w: Shape (n,), watts, evenly spaced, coasting as 0, no NaN.
        interval_s: Sample spacing, seconds.

    Raises:
        InputsMissing: Fewer than 30 s of samples; the rolling mean is undefined.

    Source: Allen & Coggan, Training and Racing with a Power Meter.
    """
    window = max(1, round(ROLLING_S / interval_s))
    if power_w.size < window:
        raise InputsMissing(f"normalized power needs {ROLLING_S:g} s of power")
    sums = np.concatenate(([0.0], np.cumsum(power_w)))
    rolling = (sums[window:] - sums[:-window]) / window
    return float(np.mean(rolling**4) ** 0.25)


def training_stress_score(duration_s: float, normalized_w: float, *, ftp_w: float) -> float:
    """TSS: one hour at the functional threshold power is 100.

    Raises:
        InputsMissing: The threshold power is not positive.

    Source: Coggan.
    """
    if ftp_w <= 0:
        raise InputsMissing("the functional threshold power is not known")
    return duration_s * normalized_w * (normalized_w / ftp_w) / (ftp_w * _HOUR_S) * 100.0


def _check_reserve(resting_bpm: float, max_bpm: float) -> None:
    if max_bpm <= resting_bpm:
        raise InputsMissing("the maximal heart rate is not above the resting one")
