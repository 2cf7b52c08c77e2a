"""How much speed a heartbeat buys, and how that changes within one run. For steady aerobic efforts alone."""

import numpy as np

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import FloatArray

SHORTEST_S = 1200.0  # decoupling of less than 20 min says nothing


def efficiency_factor(speed_mps: float, heartrate_bpm: float) -> float:
    """EF: grade-adjusted speed in metres per minute for each beat per minute.

    Tools that count yards show the same run 1.0936 times higher.

    Raises:
        InputsMissing: No heart rate.

    Source: Friel, in metres.
    """
    if heartrate_bpm <= 0:
        raise InputsMissing("there is no heart rate")
    return speed_mps * 60.0 / heartrate_bpm


def power_efficiency_factor(normalized_w: float, heartrate_bpm: float) -> float:
    """EF of a ride: normalized power in watts for each beat per minute.

    Raises:
        InputsMissing: No heart rate.

    Source: Friel.
    """
    if heartrate_bpm <= 0:
        raise InputsMissing("there is no heart rate")
    return normalized_w / heartrate_bpm


def decoupling_percent(moving_s: FloatArray, output: FloatArray, heartrate_bpm: FloatArray) -> float:
    """Pa:HR, Pw:HR: by how many percent the efficiency of the second half of moving time is below that of the first.

    Below 5 is called well coupled, above 10 poorly. Negative means that the second half was the more efficient one.

    Args:
        moving_s: Shape (n,), seconds of motion that each sample stands for; 0 where the athlete stood.
        output: Shape (n,), speed in m/s, grade-adjusted where possible, or power in watts; NaN where unknown.
        heartrate_bpm: Shape (n,), bpm; samples without one (NaN, 0) are left out.

    Raises:
        InputsMissing: Less than 20 minutes of moving time with output and heart rate, or no output in the first half.

    Source: Friel.
    """
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0) & np.isfinite(output) & (moving_s > 0)
    weights, done, heartrate = moving_s[usable], output[usable], heartrate_bpm[usable]
    total = float(weights.sum())
    if total < SHORTEST_S:
        raise InputsMissing(f"decoupling needs {SHORTEST_S / 60:g} minutes of moving time with heart rate")
    # Seconds of each sample that belong to the first half; the sample in the middle is divided.
    first = np.clip(total / 2 - (np.cumsum(weights) - weights), 0.0, weights)
    before, after = (_efficiency(part, done, heartrate) for part in (first, weights - first))
    if before <= 0:
        raise InputsMissing("decoupling needs an output in the first half")
    return (before - after) / before * 100.0


def _efficiency(weights: FloatArray, output: FloatArray, heartrate_bpm: FloatArray) -> float:
    return float((weights * output).sum() / (weights * heartrate_bpm).sum())
