"""Moving time from speed and gaps: pauses are not running."""

import numpy as np

from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray, sample_durations_s

STANDING_MPS = 0.5


def moving_durations_s(
    time_s: FloatArray,
    speed_mps: FloatArray,
    *,
    standing_mps: float = STANDING_MPS,
    gap_cap_s: float = GAP_CAP_S,
) -> FloatArray:
    """Seconds that each sample adds to moving time.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        speed_mps: Shape (n,), m/s; NaN where unknown, which counts as moving, because a missing
            speed (a tunnel, an indoor run) is no evidence of standing.
        standing_mps: Below this speed the athlete stands.
        gap_cap_s: A longer gap between samples is a pause and adds nothing; smart recording
            stays below it.

    Returns:
        Shape (n,), seconds.
    """
    durations = sample_durations_s(time_s, gap_cap_s=np.inf)
    standing = np.isfinite(speed_mps) & (speed_mps < standing_mps)
    return np.where(standing | (durations > gap_cap_s), 0.0, durations)


def moving_time_s(time_s: FloatArray, speed_mps: FloatArray, *, standing_mps: float = STANDING_MPS) -> float:
    """Seconds in motion; see `moving_durations_s`."""
    return float(moving_durations_s(time_s, speed_mps, standing_mps=standing_mps).sum())
