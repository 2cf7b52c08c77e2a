"""Elevation gain from altitude samples: raw positive sums read up to four times too high.

Centred moving mean over 15 s of time (not 15 samples), then 1 m hysteresis: the reference moves only on a change
of at least 1 m, and its rises are added. A device's own total, when present, is better than this estimate.
"""

from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.time_weighting import FloatArray

SMOOTHING_S = 15.0  # width of the moving mean
HYSTERESIS_M = 1.0  # the smallest change that counts
COARSE_STEP_S = 5.0


@dataclass(frozen=True)
class ElevationGain:
    """Metres climbed and descended, and how they were found; gain is None without altitude samples."""

    gain_m: float | None
    loss_m: float | None
    method: str


def centred_moving_mean(at: FloatArray, values: FloatArray, *, width: float) -> FloatArray:
    """Mean of the samples within `width / 2` on either side of each one.

    Args:
        at: Shape (n,), positions in time or along the track, not decreasing.
        values: Shape (n,), no NaN.
        width: Width of the window, in the unit of `at`: seconds of time or metres of ground.

    Returns:
        Shape (n,), the unit of `values`; at the ends the window is cut, not padded.
    """
    sums = np.concatenate(([0.0], np.cumsum(values)))
    first = np.searchsorted(at, at - width / 2, side="left")
    end = np.searchsorted(at, at + width / 2, side="right")
    means: FloatArray = (sums[end] - sums[first]) / (end - first)
    return means


def climbs_with_hysteresis(altitude_m: FloatArray, *, step_m: float) -> tuple[float, float]:
    """Metres up and down, moving the reference only on changes of at least `step_m`."""
    up = down = 0.0
    reference = float(altitude_m[0])
    for altitude in altitude_m.tolist():
        change = altitude - reference
        if abs(change) >= step_m:
            up, down = up + max(change, 0.0), down + max(-change, 0.0)
            reference = altitude
    return up, down


def elevation_gain(time_s: FloatArray, altitude_m: FloatArray) -> ElevationGain:
    """Metres climbed, from altitude samples.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        altitude_m: Shape (n,), metres; NaN where missing, which is skipped and never read as sea level.

    Returns:
        Gain, loss and the method; sampling of 5 s and coarser reads low, which the method then says.
    """
    present = np.isfinite(altitude_m) & np.isfinite(time_s)
    if np.count_nonzero(present) < 2:  # noqa: PLR2004  one point has no slope
        return ElevationGain(None, None, "none: no altitude samples")
    times, altitudes = time_s[present], altitude_m[present]
    smooth = centred_moving_mean(times, altitudes, width=SMOOTHING_S)
    up, down = climbs_with_hysteresis(smooth, step_m=HYSTERESIS_M)
    method = f"moving mean over {SMOOTHING_S:g} s, hysteresis {HYSTERESIS_M:g} m"
    if float(np.median(np.diff(times))) >= COARSE_STEP_S:
        method += ", estimate from coarse samples"
    return ElevationGain(up, down, method)
