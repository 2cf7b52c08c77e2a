"""Heart rates of a recording as seconds for each whole bpm: small enough to keep, enough for zones and load.

Zones and training load depend on the athlete's settings, which change; from the histogram both can be computed again
without the samples. It keeps everything but the order of the heart rates.
"""

from collections.abc import Mapping

import numpy as np

from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray, sample_durations_s

_MILLISECONDS = 3  # decimals kept of a second


def heart_rate_histogram(
    time_s: FloatArray, heartrate_bpm: FloatArray, *, gap_cap_s: float = GAP_CAP_S
) -> dict[int, float]:
    """Seconds for each whole bpm, ascending; missing (NaN) and zero samples are skipped, never counted as 0.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        heartrate_bpm: Shape (n,), bpm; a fraction counts for the nearest whole bpm.
        gap_cap_s: The longest time that one sample stands for, seconds.
    """
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0)
    seconds = sample_durations_s(time_s, gap_cap_s=gap_cap_s)[usable]
    totals = np.bincount(np.rint(heartrate_bpm[usable]).astype(np.intp), weights=seconds)
    return {int(bpm): round(float(totals[bpm]), _MILLISECONDS) for bpm in np.flatnonzero(totals)}


def held_heart_rates(histogram: Mapping[int, float]) -> tuple[FloatArray, FloatArray]:
    """Seconds and bpm of a histogram, each of shape (n,), as zones and TRIMP take them."""
    return np.array(list(histogram.values()), dtype=np.float64), np.array(list(histogram), dtype=np.float64)


def covered_s(histogram: Mapping[int, float]) -> float:
    """Seconds with a heart rate."""
    return sum(histogram.values())


def mean_bpm(histogram: Mapping[int, float]) -> float | None:
    """Time-weighted mean heart rate; None without any."""
    seconds = covered_s(histogram)
    return sum(bpm * held for bpm, held in histogram.items()) / seconds if seconds > 0 else None


def shares(seconds: tuple[float, ...]) -> tuple[float, ...] | None:
    """Fractions of the whole, for example of the time in each zone; None where the whole is 0."""
    whole = sum(seconds)
    return tuple(part / whole for part in seconds) if whole > 0 else None
