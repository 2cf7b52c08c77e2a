"""Heart-rate zones and the time spent in them.

Zones are lower bounds in bpm, ascending; a sample belongs to the highest zone whose bound it reaches. Every bound says
where it comes from, because a zone from an age formula is not one from a test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apis.activities.analytics.time_weighting import GAP_CAP_S, FloatArray, sample_durations_s

Discipline = Literal["run", "ride"]

# Friel, The Triathlete's Training Bible: lower bounds of zones 2 to 5c as a share of the lactate threshold heart rate.
# A zone begins where the published one before it ends, so that no heart rate falls between two.
_FRIEL_SHARES: dict[Discipline, tuple[float, ...]] = {
    "run": (0.85, 0.90, 0.95, 1.00, 1.03, 1.06),
    "ride": (0.81, 0.90, 0.94, 1.00, 1.03, 1.06),
}
FRIEL_NAMES = ("1", "2", "3", "4", "5a", "5b", "5c")


@dataclass(frozen=True)
class HeartRateZones:
    """Zones of one athlete.

    Attributes:
        names: One for each zone.
        lower_bounds_bpm: Of each zone; the first is 0.
        method: How they were found, for the reader of the result.
    """

    names: tuple[str, ...]
    lower_bounds_bpm: tuple[float, ...]
    method: str


def estimated_max_heart_rate_bpm(age_years: float) -> float:
    """Maximal heart rate expected at an age; an estimate, give or take 10 bpm.

    Source: Tanaka, Monahan & Seals 2001, J Am Coll Cardiol 37:153.
    """
    return 208.0 - 0.7 * age_years


def karvonen_bpm(share: float, *, resting_bpm: float, max_bpm: float) -> float:
    """Heart rate at a share (0 to 1) of the heart-rate reserve.

    Source: Karvonen, Kentala & Mustala 1957, Ann Med Exp Biol Fenn 35:307.
    """
    return resting_bpm + share * (max_bpm - resting_bpm)


def threshold_zones(lthr_bpm: float, discipline: Discipline) -> HeartRateZones:
    """Seven zones from the lactate threshold heart rate.

    Args:
        lthr_bpm: Mean heart rate of the last 20 minutes of a 30 minute time trial alone.
        discipline: Running and cycling have different shares.

    Source: Friel, shares as published for each discipline.
    """
    bounds = tuple(lthr_bpm * share for share in _FRIEL_SHARES[discipline])
    return HeartRateZones(
        FRIEL_NAMES, (0.0, *bounds), f"shares of threshold heart rate {lthr_bpm:g} bpm ({discipline})"
    )


def time_in_zones_s(
    time_s: FloatArray, heartrate_bpm: FloatArray, zones: HeartRateZones, *, gap_cap_s: float = GAP_CAP_S
) -> tuple[float, ...]:
    """Seconds in each zone; missing (NaN) and zero samples belong to none.

    Args:
        time_s: Shape (n,), seconds, not decreasing.
        heartrate_bpm: Shape (n,), bpm.
        zones: With one or more lower bounds.
        gap_cap_s: The longest time that one sample stands for, seconds.
    """
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0)
    durations = sample_durations_s(time_s, gap_cap_s=gap_cap_s)[usable]
    zone = np.searchsorted(np.array(zones.lower_bounds_bpm), heartrate_bpm[usable], side="right") - 1
    seconds = np.bincount(zone, weights=durations, minlength=len(zones.names))
    return tuple(seconds.tolist())


def polarisation_index(shares: Sequence[float]) -> float | None:
    """How polarised the shares of time in three zones (easy, between, hard) are; above 2 is called polarised.

    Args:
        shares: Three fractions of the whole; easy, between the thresholds, hard.

    Returns:
        log10(easy / between · hard · 100). A between-share of 0 counts as 0.01, a hard share of 0 gives 0.
        None where the index is not defined: unless easy > hard > between.

    Source: Treff et al. 2019, Front Physiol 10:707.
    """
    easy, between, hard = shares
    if hard == 0:
        return 0.0
    if not easy > hard > between:
        return None
    return float(np.log10(easy / (between or 0.01) * hard * 100))
