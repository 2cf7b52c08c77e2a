"""Heart-rate zones and the time spent in them.

Zones are lower bounds in bpm, ascending, the first of them 0; a heart rate belongs to the highest zone whose bound it
reaches, so that every second with a heart rate is in one zone. Every set of zones says how it was found, because zones
from an age formula are not those from a test. A zone begins where the published one before it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from apis.activities.analytics.disciplines import Discipline
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import FloatArray

ZoneMethod = Literal["own_bounds", "threshold_shares", "reserve_shares", "max_shares"]

# Friel, The Triathlete's Training Bible: lower bounds of zones 2 to 5c as a share of the lactate threshold heart rate.
_FRIEL_SHARES: dict[Discipline, tuple[float, ...]] = {
    "run": (0.85, 0.90, 0.95, 1.00, 1.03, 1.06),
    "ride": (0.81, 0.90, 0.94, 1.00, 1.03, 1.06),
}
FRIEL_NAMES = ("1", "2", "3", "4", "5a", "5b", "5c")
# Five zones in tenths, as watches show them.
_TENTHS = (0.6, 0.7, 0.8, 0.9)
FIVE_NAMES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class HeartRateZones:
    """Zones of one athlete.

    Attributes:
        names: One for each zone.
        lower_bounds_bpm: Of each zone; the first is 0.
        method: How they were found.
    """

    names: tuple[str, ...]
    lower_bounds_bpm: tuple[float, ...]
    method: ZoneMethod


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


def own_zones(lower_bounds_bpm: Sequence[float]) -> HeartRateZones:
    """The athlete's own zones from their lower bounds; what lies below the first bound counts in zone 1.

    Raises:
        InputsMissing: The bounds do not ascend.
    """
    if any(after <= before for before, after in pairwise(lower_bounds_bpm)):
        raise InputsMissing("the athlete's own zone bounds do not ascend")
    names = tuple(str(number) for number in range(1, len(lower_bounds_bpm) + 1))
    return HeartRateZones(names, (0.0, *map(float, lower_bounds_bpm[1:])), "own_bounds")


def threshold_zones(lthr_bpm: float, discipline: Discipline) -> HeartRateZones:
    """Seven zones from the lactate threshold heart rate.

    Args:
        lthr_bpm: Mean heart rate of the last 20 minutes of a 30 minute time trial alone.
        discipline: Running and cycling have different shares.

    Source: Friel, shares as published for each discipline.
    """
    bounds = tuple(lthr_bpm * share for share in _FRIEL_SHARES[discipline])
    return HeartRateZones(FRIEL_NAMES, (0.0, *bounds), "threshold_shares")


def reserve_zones(resting_bpm: float, max_bpm: float) -> HeartRateZones:
    """Five zones that begin at 60, 70, 80 and 90 % of the heart-rate reserve; shares by Karvonen's method.

    Raises:
        InputsMissing: `max_bpm` is not above `resting_bpm`.
    """
    if max_bpm <= resting_bpm:
        raise InputsMissing("the maximal heart rate is not above the resting one")
    bounds = tuple(karvonen_bpm(share, resting_bpm=resting_bpm, max_bpm=max_bpm) for share in _TENTHS)
    return HeartRateZones(FIVE_NAMES, (0.0, *bounds), "reserve_shares")


def max_zones(max_bpm: float) -> HeartRateZones:
    """Five zones that begin at 60, 70, 80 and 90 % of the maximal heart rate."""
    return HeartRateZones(FIVE_NAMES, (0.0, *(max_bpm * share for share in _TENTHS)), "max_shares")


def time_in_zones_s(
    seconds: FloatArray, heartrate_bpm: FloatArray, lower_bounds_bpm: Sequence[float]
) -> tuple[float, ...]:
    """Seconds in each zone; missing (NaN) and zero heart rates belong to none.

    Args:
        seconds: Shape (n,), how long each heart rate was held.
        heartrate_bpm: Shape (n,), bpm.
        lower_bounds_bpm: Ascending from 0, one for each zone.
    """
    usable = np.isfinite(heartrate_bpm) & (heartrate_bpm > 0)
    zone = np.searchsorted(np.array(lower_bounds_bpm), heartrate_bpm[usable], side="right") - 1
    return tuple(np.bincount(zone, weights=seconds[usable], minlength=len(lower_bounds_bpm)).tolist())
