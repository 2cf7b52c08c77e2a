"""Load over days: fitness, fatigue and form, monotony, the workload ratio, and the one alert that evidence supports.

All functions take one value for each local day, rest days as 0: a day that is left out would be no rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apis.activities.analytics.time_weighting import FloatArray

CHRONIC_DAYS = 42
ACUTE_DAYS = 7
LONGEST_BEFORE_DAYS = 30
_RATIO_CHRONIC_DAYS = 28
SPIKE_FROM_RATIO = 1.1
_SPIKES = ((2.0, 2.28), (1.3, 1.52), (SPIKE_FROM_RATIO, 1.64))


@dataclass(frozen=True)
class FormSeries:
    """Fitness (CTL), fatigue (ATL) and form (TSB) at the end of each day; form is of the evening before."""

    ctl: FloatArray
    atl: FloatArray
    tsb: FloatArray


def exponential_mean(daily_load: FloatArray, days: float, *, seed: float = 0.0) -> FloatArray:
    """Exponentially weighted mean with factor 1/days, shape (n,), starting from a seed before the first day.

    Source: Banister 1975 in Coggan's form. Others use 1 - e^(-1/days) or 2/(days + 1), with other results.
    """
    means = np.empty_like(daily_load, dtype=np.float64)
    mean = seed
    for day, load in enumerate(daily_load.tolist()):
        mean += (load - mean) / days
        means[day] = mean
    return means


def form(daily_load: FloatArray, *, seed: float = 0.0) -> FormSeries:
    """CTL over 42 days, ATL over 7, and TSB: yesterday's CTL less yesterday's ATL.

    Args:
        daily_load: Shape (n,), load of each day, for example TSS.
        seed: CTL and ATL before the first day.
    """
    ctl = exponential_mean(daily_load, CHRONIC_DAYS, seed=seed)
    atl = exponential_mean(daily_load, ACUTE_DAYS, seed=seed)
    tsb = np.concatenate(([0.0], (ctl - atl)[:-1])) if daily_load.size else np.zeros(0)
    return FormSeries(ctl, atl, tsb)


def impulse_response(loads_by_day: Mapping[int, float], day: int, *, decay_days: float) -> float:
    """Sum of past loads, each decayed exponentially since its day, the load of `day` itself included.

    Source: Banister et al. 1975, the two terms of the model separately.
    """
    return sum(load * float(np.exp(-(day - at) / decay_days)) for at, load in loads_by_day.items() if at <= day)


def monotony(week: Sequence[float]) -> float | None:
    """Mean over standard deviation (of the population) of seven daily loads; None when all days are alike.

    Source: Foster 1998, Med Sci Sports Exerc 30:1164.
    """
    loads = np.asarray(week, dtype=np.float64)
    if np.ptp(loads) == 0:  # asked of the loads: their SD need not be exactly 0
        return None
    return float(loads.mean() / loads.std())


def strain(week: Sequence[float]) -> float | None:
    """Sum of the week's load times its monotony; None when there is no monotony. Source: Foster 1998."""
    monotonous = monotony(week)
    return None if monotonous is None else float(np.sum(week)) * monotonous


def coupled_workload_ratio(daily_load: FloatArray) -> float | None:
    """Mean of the last 7 days over the mean of the last 28; None before day 28. Context only, never an alert.

    Source: Gabbett 2016; why it is context only: Impellizzeri et al. 2020, Int J Sports Physiol Perform 15:907.
    """
    return _ratio(daily_load, daily_load[-_RATIO_CHRONIC_DAYS:])


def uncoupled_workload_ratio(daily_load: FloatArray) -> float | None:
    """Mean of the last 7 days over the mean of the 21 days before them; as `coupled_workload_ratio`.

    Source: Lolli et al. 2019, Br J Sports Med 53:921.
    """
    return _ratio(daily_load, daily_load[-_RATIO_CHRONIC_DAYS:-ACUTE_DAYS])


def weighted_workload_ratio(daily_load: FloatArray) -> float | None:
    """Ratio of exponentially weighted means with factor 2/(N + 1), started on the first day's load.

    Source: Williams et al. 2017, Br J Sports Med 51:209.
    """
    if daily_load.size < _RATIO_CHRONIC_DAYS:
        return None
    seed = float(daily_load[0])
    acute = exponential_mean(daily_load, (ACUTE_DAYS + 1) / 2, seed=seed)[-1]
    chronic = exponential_mean(daily_load, (_RATIO_CHRONIC_DAYS + 1) / 2, seed=seed)[-1]
    return float(acute / chronic) if chronic > 0 else None


@dataclass(frozen=True)
class DistanceSpike:
    """One run against the longest of the 30 days before it.

    Attributes:
        ratio: Its distance over that one's.
        hazard_ratio: Of an overuse injury in the cohort; None up to 10 % above. An association.
    """

    ratio: float
    hazard_ratio: float | None


def distance_spike(distance_m: float, longest_before_m: float) -> DistanceSpike | None:
    """How far a run goes beyond the longest run of the 30 days before; None without one to compare with.

    Source: Frandsen et al. 2025, Br J Sports Med 59:1203.
    """
    if longest_before_m <= 0:
        return None
    ratio = distance_m / longest_before_m
    hazard = next((hazard for above, hazard in _SPIKES if ratio > above), None)
    return DistanceSpike(ratio, hazard)


def _ratio(daily_load: FloatArray, chronic_days: FloatArray) -> float | None:
    if daily_load.size < _RATIO_CHRONIC_DAYS or not chronic_days.any():
        return None
    return float(daily_load[-ACUTE_DAYS:].mean() / chronic_days.mean())
