"""Grade-adjusted pace: the speed on the flat that would cost the same energy.

Source: Minetti et al. 2002, J Appl Physiol 93:1039, cost of running on slopes of -45 to +45 %. On race descents the
curve overrates the help of gravity (the paper's authors: by up to a factor of 3), so the credit downhill is damped.
"""

import numpy as np

from apis.activities.analytics.elevation import centred_moving_mean
from apis.activities.analytics.time_weighting import FloatArray

STEEPEST_GRADE = 0.45
FLAT_COST_J_PER_KG_M = 3.6
GRADE_SPAN_M = 40.0  # the length over which a grade is taken
DOWNHILL_CREDIT = 0.5

_POLYNOMIAL = np.array([155.4, -30.4, -43.3, 46.3, 19.5, FLAT_COST_J_PER_KG_M])


def running_cost(grade: FloatArray) -> FloatArray:
    """Energy cost of running, J per kg and metre, at a grade (rise over run), clamped to ±45 %."""
    return np.polyval(_POLYNOMIAL, np.clip(grade, -STEEPEST_GRADE, STEEPEST_GRADE))


def cost_ratio(grade: FloatArray, *, downhill_credit: float = 1.0) -> FloatArray:
    """Cost relative to the flat, by which a speed is multiplied.

    Args:
        grade: Rise over run, any shape, 0.05 for 5 %.
        downhill_credit: Share of the saving on a descent that is believed: 1 is Minetti's own curve, 0 none.
    """
    ratio = running_cost(grade) / FLAT_COST_J_PER_KG_M
    cheaper: FloatArray = 1 - downhill_credit * (1 - ratio)
    return np.where(ratio < 1, cheaper, ratio)


def grade_along(distance_m: FloatArray, altitude_m: FloatArray) -> FloatArray:
    """Grade at each sample, smoothed over a span of ground, because altitude noise over one step is all grade.

    Args:
        distance_m: Shape (n,), metres from the start, not decreasing, no NaN.
        altitude_m: Shape (n,), metres, no NaN.

    Returns:
        Shape (n,), rise over run; 0 where the athlete did not move.
    """
    reach_m = GRADE_SPAN_M / 2
    smooth = centred_moving_mean(distance_m, altitude_m, width=reach_m)
    behind = np.interp(distance_m - reach_m, distance_m, smooth)
    ahead = np.interp(distance_m + reach_m, distance_m, smooth)
    low = np.maximum(distance_m - reach_m, distance_m[0])
    high = np.minimum(distance_m + reach_m, distance_m[-1])
    run = high - low
    grade: FloatArray = np.divide(ahead - behind, run, out=np.zeros_like(run), where=run > 1.0)
    return grade


def flat_distance_m(
    distance_m: FloatArray, altitude_m: FloatArray, *, downhill_credit: float = DOWNHILL_CREDIT
) -> float:
    """Metres on the flat that cost as much energy as this track.

    Args:
        distance_m: Shape (n,), metres from the start, not decreasing, no NaN.
        altitude_m: Shape (n,), metres, no NaN.
        downhill_credit: See `cost_ratio`.
    """
    ratio = cost_ratio(grade_along(distance_m, altitude_m), downhill_credit=downhill_credit)
    steps = np.diff(distance_m, prepend=distance_m[0])
    return float((steps * ratio).sum())
