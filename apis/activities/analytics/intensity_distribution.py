"""How training time divides into easy, between the thresholds, and hard.

The three zones are bounded by the two thresholds. From the lactate threshold heart rate: easy below 90 % (Friel's
zones 1 and 2), hard from 100 % (zones 5a to 5c), the same shares for running and cycling. Without it: easy below 82 %
of the maximal heart rate, hard from 88 %.
"""

from collections.abc import Sequence

import numpy as np

_THRESHOLD_SHARES = (0.90, 1.00)
_MAX_SHARES = (0.82, 0.88)
_NO_TIME_BETWEEN = 0.01
POLARISED_ABOVE = 2.0


def three_zones_of_threshold(lthr_bpm: float) -> tuple[float, float, float]:
    """Lower bounds, bpm, of easy, between and hard. Source: Friel's zones, joined."""
    between, hard = _THRESHOLD_SHARES
    return 0.0, between * lthr_bpm, hard * lthr_bpm


def three_zones_of_max(max_bpm: float) -> tuple[float, float, float]:
    """Lower bounds, bpm, of easy, between and hard.

    Source: Seiler 2010, Int J Sports Physiol Perform 5:276, the five zones of the Norwegian federation, joined.
    """
    between, hard = _MAX_SHARES
    return 0.0, between * max_bpm, hard * max_bpm


def polarisation_index(shares: Sequence[float]) -> float | None:
    """How polarised the shares of time in three zones (easy, between, hard) are; above 2 is called polarised.

    Args:
        shares: Three fractions of the whole; easy, between the thresholds, hard.

    Returns:
        log10(easy / between · hard · 100). A between-share of 0 counts as 0.01, a hard share of 0 gives 0.
        None where the index is not defined: more time between than hard, or not most of it easy.

    Source: Treff et al. 2019, Front Physiol 10:707.
    """
    easy, between, hard = shares
    if hard == 0:
        return 0.0
    if not easy > hard >= between:
        return None
    return float(np.log10(easy / (between or _NO_TIME_BETWEEN) * hard * 100))
