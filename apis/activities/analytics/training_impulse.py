"""Training load of heart rates: TRIMP, and hrTSS, which is TRIMP in units of an hour at threshold.

Tools disagree on TRIMP's constants for women (.64/1.67, .8218/1.67); ours are Banister's, as quoted by Morton, and the
result says so. Heart rates come with the seconds that each was held: samples with their durations, a histogram, or one
mean with its covered seconds. Of a mean alone the load reads low, because the weighting is convex.
"""

import numpy as np

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.athlete import Sex

_WEIGHTING: dict[Sex, tuple[float, float]] = {"M": (0.64, 1.92), "F": (0.86, 1.67)}
_HOUR_S = 3600.0
CONSTANTS: dict[Sex, str] = {sex: f"Banister a {a:g} b {b:g}" for sex, (a, b) in _WEIGHTING.items()}


def training_impulse(
    seconds: FloatArray, heartrate_bpm: FloatArray, *, resting_bpm: float, max_bpm: float, sex: Sex
) -> float:
    """TRIMP: minutes · x · a · e^(b·x), x the share of the heart-rate reserve, summed over the heart rates.

    Args:
        seconds: Shape (n,), how long each heart rate was held.
        heartrate_bpm: Shape (n,), bpm; missing (NaN) and zero ones add nothing.
        resting_bpm: Below it the load is 0.
        max_bpm: Above it the load is that of the maximum.
        sex: Picks Banister's constants: a .64 and b 1.92 for men, .86 and 1.67 for women.

    Raises:
        InputsMissing: `max_bpm` is not above `resting_bpm`.

    Source: Banister 1991; constants as in Morton, Fitz-Clarke & Banister 1990, J Appl Physiol 69:1171.
    """
    _check_reserve(resting_bpm, max_bpm)
    usable = np.isfinite(heartrate_bpm)
    share = np.clip((heartrate_bpm[usable] - resting_bpm) / (max_bpm - resting_bpm), 0.0, 1.0)
    return float((seconds[usable] / 60.0 * _load_per_minute(share, sex)).sum())


def heart_rate_stress_score(impulse: float, *, resting_bpm: float, max_bpm: float, lthr_bpm: float, sex: Sex) -> float:
    """hrTSS: TRIMP / TRIMP of one hour at the threshold heart rate · 100.

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
    hour, threshold = np.array([_HOUR_S]), np.array([lthr_bpm])
    return impulse / training_impulse(hour, threshold, resting_bpm=resting_bpm, max_bpm=max_bpm, sex=sex) * 100.0


def _load_per_minute(reserve_share: FloatArray, sex: Sex) -> FloatArray:
    scale, exponent = _WEIGHTING[sex]
    load: FloatArray = reserve_share * scale * np.exp(exponent * reserve_share)
    return load


def _check_reserve(resting_bpm: float, max_bpm: float) -> None:
    if max_bpm <= resting_bpm:
        raise InputsMissing("the maximal heart rate is not above the resting one")
