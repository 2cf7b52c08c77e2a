"""Power of a recording: normalized power, work, and TSS against a threshold power.

Recordings are irregular. Each sample holds until the next, at most 10 s; what a gap lasts beyond that is a pause and is
left out, as are samples without power (a sensor that was lost, which is not coasting: coasting is recorded as 0). What
remains is joined and read once a second, so normalized power runs over riding time, not over elapsed time.
"""

from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray, sample_durations_s

ROLLING_S = 30
_HOUR_S = 3600.0
_JOULES_PER_KJ = 1000.0


@dataclass(frozen=True)
class PowerOfRide:
    """Work in kJ over the covered seconds, and normalized power in watts; None below 30 s."""

    normalized_w: float | None
    work_kj: float
    covered_s: float


def every_second_w(time_s: FloatArray, power_w: FloatArray, *, gap_cap_s: float = GAP_CAP_S) -> FloatArray:
    """Power once a second of riding time, shape (covered seconds,), watts.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        power_w: Shape (n,), watts; coasting is 0, NaN is unknown and left out.
        gap_cap_s: The longest time that one sample stands for, seconds; longer gaps are pauses.
    """
    held_w, held_s = _held(time_s, power_w, gap_cap_s)
    ends_s = np.cumsum(held_s)
    middles_s = np.arange(0.5, ends_s[-1] if ends_s.size else 0.0)
    return held_w[np.searchsorted(ends_s, middles_s, side="right")]


def normalized_power_w(every_second: FloatArray) -> float:
    """Power that a steady ride would need for the same physiological cost: 4th-power mean of the 30 s rolling mean.

    Args:
        every_second: Shape (n,), watts, one value a second, coasting as 0, no NaN.

    Raises:
        InputsMissing: Fewer than 30 s of samples; the rolling mean is undefined.

    Source: Allen & Coggan, Training and Racing with a Power Meter.
    """
    if every_second.size < ROLLING_S:
        raise InputsMissing(f"normalized power needs {ROLLING_S} s of power")
    sums = np.concatenate(([0.0], np.cumsum(every_second)))
    rolling = (sums[ROLLING_S:] - sums[:-ROLLING_S]) / ROLLING_S
    return float(np.mean(rolling**4) ** 0.25)


def power_of_ride(time_s: FloatArray, power_w: FloatArray, *, gap_cap_s: float = GAP_CAP_S) -> PowerOfRide | None:
    """Normalized power and work of a recording; arguments as for `every_second_w`. None without any power."""
    held_w, held_s = _held(time_s, power_w, gap_cap_s)
    covered = float(held_s.sum())
    if covered == 0:
        return None
    seconds = every_second_w(time_s, power_w, gap_cap_s=gap_cap_s)
    normalized = normalized_power_w(seconds) if seconds.size >= ROLLING_S else None
    return PowerOfRide(normalized, float((held_w * held_s).sum()) / _JOULES_PER_KJ, covered)


def training_stress_score(duration_s: float, normalized_w: float, *, ftp_w: float) -> float:
    """TSS: one hour at the functional threshold power is 100.

    Raises:
        InputsMissing: The threshold power is not positive.

    Source: Coggan.
    """
    if ftp_w <= 0:
        raise InputsMissing("the functional threshold power is not known")
    return duration_s * normalized_w * (normalized_w / ftp_w) / (ftp_w * _HOUR_S) * 100.0


def _held(time_s: FloatArray, power_w: FloatArray, gap_cap_s: float) -> tuple[FloatArray, FloatArray]:
    """Powers that lasted some time, and how long each did."""
    durations = sample_durations_s(time_s, gap_cap_s=gap_cap_s)
    usable = np.isfinite(power_w) & (durations > 0)
    return power_w[usable], durations[usable]
