"""Time-weighted means: each sample holds until the next, never longer than the gap cap.

Watches that record "smart" write a sample only when something changes, so the plain mean of samples is wrong
(the fenix 5 sample run: 84.95 plain, 89.11 time-weighted, 90 by the device).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAP_CAP_S = 10.0

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TimeWeightedMean:
    """A mean and the seconds it rests on; no covered second means no mean."""

    mean: float | None
    covered_s: float


def sample_durations_s(time_s: FloatArray, *, gap_cap_s: float = GAP_CAP_S) -> FloatArray:
    """How long each sample holds.

    Args:
        time_s: Sample times, shape (n,), seconds from any origin, not decreasing.
        gap_cap_s: The longest time one sample may stand for, seconds; a pause counts this much and no more.

    Returns:
        Shape (n,), seconds. The last sample has no successor and holds 0 s, as does one that time runs back from.
    """
    if time_s.size == 0:
        return np.zeros(0)
    steps = np.diff(time_s, append=time_s[-1])
    return np.clip(np.nan_to_num(steps), 0.0, gap_cap_s)


def time_weighted_mean(time_s: FloatArray, values: FloatArray, *, gap_cap_s: float = GAP_CAP_S) -> TimeWeightedMean:
    """Mean of a stream over time; missing (NaN) and zero samples are skipped, never counted as 0.

    Args:
        time_s: Sample times, shape (n,), seconds, not decreasing.
        values: Samples, shape (n,), any unit; NaN where missing.
        gap_cap_s: See `sample_durations_s`.

    Returns:
        The mean in the unit of `values` and the seconds covered by usable samples.
        A stream with one usable sample has that value as its mean, over 0 s.
    """
    usable = np.isfinite(values) & (values > 0)
    if not usable.any():
        return TimeWeightedMean(None, 0.0)
    weights = np.where(usable, sample_durations_s(time_s, gap_cap_s=gap_cap_s), 0.0)
    covered = float(weights.sum())
    if covered == 0:
        return TimeWeightedMean(float(values[usable].mean()), 0.0)
    return TimeWeightedMean(float((weights * np.where(usable, values, 0.0)).sum() / covered), covered)
