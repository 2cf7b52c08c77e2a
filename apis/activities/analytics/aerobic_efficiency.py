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


def decoupling_percent(moving_s: FloatArray, speed_mps: FloatArray, heartrate_bpm: FloatArray) -> float:
    """Pa:HR: by how many percent the efficiency of the second half of moving time is below that of the first.

    Below 5 is called well coupled, above 10 poorly. Negative means that the second half was the more efficient one.

    Args:
        moving_s: Shape (n,), seconds of motion that each sample stands for; 0 where the athlete stood.
        speed_mps: Shape (n,), m/s, grade-adjusted where possible.
        heartrate_bpm: Shape (n,), bpm; samples without one (NaN, 0) are left out.

    Raises:
        InputsMissing: Less than 20 minutes of moving time with speed and heart rate.

    Source: Friel.
    """
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0) & np.isfinite(speed_mps) & (moving_s > 0)
    weights, speed, heartrate = moving_s[usable], speed_mps[usable], heartrate_bpm[usable]
    total = float(weights.sum())
    if total < SHORTEST_S:
        raise InputsMissing(f"decoupling needs {SHORTEST_S / 60:g} minutes of moving time with heart rate")
    # Seconds of each sample that belong to the first half; the sample in the middle is divided.
    first = np.clip(total / 2 - (np.cumsum(weights) - weights), 0.0, weights)
    halves = [_efficiency(part, speed, heartrate) for part in (first, weights - first)]
    return (halves[0] - halves[1]) / halves[0] * 100.0


def _efficiency(weights: FloatArray, speed_mps: FloatArray, heartrate_bpm: FloatArray) -> float:
    return float((weights * speed_mps).sum() / (weights * heartrate_bpm).sum())
