"""Time easy, between the thresholds and hard over activities, with the bounds that it was counted by."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from apis.activities.analytics.athlete_settings import LIMITED_HEART_RATE, AthleteSettings
from apis.activities.analytics.heart_rate_histogram import held_heart_rates, shares
from apis.activities.analytics.heart_rate_zones import time_in_zones_s
from apis.activities.analytics.intensity_distribution import (
    polarisation_index,
    three_zones_of_max,
    three_zones_of_threshold,
)
from apis.activities.analytics.rounding import FrozenAnswer, Rounded

NOT_POLARISED = "the polarisation index is defined where most time is easy and no less is hard than between"


class IntensityDistribution(FrozenAnswer):
    """Time easy, between the thresholds and hard, of the activities with samples; shares are fractions."""

    method: Literal["threshold_shares", "max_shares"] | None = None
    lower_bounds_bpm: tuple[Rounded, ...] | None = None
    activities: int = 0
    seconds: tuple[Rounded, ...] | None = None
    shares: tuple[Rounded, ...] | None = None
    polarisation_index: Rounded | None = None
    reason: str | None = None


def report_intensity(histograms: Sequence[Mapping[int, float]], settings: AthleteSettings) -> IntensityDistribution:
    """The distribution over some activities.

    Args:
        histograms: Seconds at each whole bpm, one for each activity with samples; a mean has no distribution.
        settings: Threshold or maximal heart rate bound the zones.
    """
    if settings.limits_heart_rate:
        return IntensityDistribution(reason=LIMITED_HEART_RATE)
    if settings.lthr_bpm is not None:
        method: Literal["threshold_shares", "max_shares"] = "threshold_shares"
        bounds = three_zones_of_threshold(settings.lthr_bpm.value)
    elif settings.max_heartrate_bpm is not None:
        method, bounds = "max_shares", three_zones_of_max(settings.max_heartrate_bpm.value)
    else:
        return IntensityDistribution(reason="neither threshold nor maximal heart rate is known")
    held = [held_heart_rates(histogram) for histogram in histograms if histogram]
    seconds, bpm = (np.concatenate(parts) for parts in zip(*held, strict=True)) if held else (np.zeros(0), np.zeros(0))
    zones = time_in_zones_s(seconds, bpm, bounds)
    fractions = shares(zones)
    index = polarisation_index(fractions) if fractions else None
    return IntensityDistribution(
        method=method,
        lower_bounds_bpm=bounds,
        activities=len(held),
        seconds=zones if fractions else None,
        shares=fractions,
        polarisation_index=index,
        reason=None if index is not None else NOT_POLARISED if fractions else "no activity has heart-rate samples",
    )
