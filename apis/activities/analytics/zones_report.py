"""Time in heart-rate zones as it leaves the API, with the method and the numbers the zones were made from."""

from collections.abc import Mapping
from itertools import pairwise

from pydantic import Field

from apis.activities.analytics.athlete_settings import AthleteSettings, Setting, zones_of
from apis.activities.analytics.disciplines import Discipline
from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_histogram import held_heart_rates, shares
from apis.activities.analytics.heart_rate_zones import HeartRateZones, ZoneMethod, time_in_zones_s
from apis.activities.analytics.rounding import FrozenAnswer, Rounded


class ZoneRow(FrozenAnswer):
    """One zone: from `lower_bpm` up to, not including, `upper_bpm`; time is null without a heart rate."""

    name: str
    lower_bpm: Rounded
    upper_bpm: Rounded | None
    seconds: Rounded | None = None
    share: Rounded | None = None


class ZonesReport(FrozenAnswer):
    """Zones and the time in them; not `usable` says in `reason` why there are none."""

    usable: bool
    reason: str | None = None
    method: ZoneMethod | None = None
    discipline: Discipline
    params: dict[str, Setting] = Field(default_factory=dict)
    zones: tuple[ZoneRow, ...] = ()


def report_zones(
    settings: AthleteSettings, discipline: Discipline, histogram: Mapping[int, float] | None = None
) -> ZonesReport:
    """The athlete's zones and, with a histogram, the time in each.

    Args:
        settings: Which numbers to use.
        discipline: Running and cycling have different shares of the threshold.
        histogram: Seconds at each whole bpm.
    """
    try:
        zones = zones_of(settings, discipline)
    except InputsMissing as missing:
        return ZonesReport(usable=False, reason=str(missing), discipline=discipline)
    seconds = time_in_zones_s(*held_heart_rates(histogram), zones.lower_bounds_bpm) if histogram else None
    return ZonesReport(
        usable=True,
        method=zones.method,
        discipline=discipline,
        params=_params(settings, zones.method),
        zones=_rows(zones, seconds),
    )


def _rows(zones: HeartRateZones, seconds: tuple[float, ...] | None) -> tuple[ZoneRow, ...]:
    edges = pairwise((*zones.lower_bounds_bpm, None))
    fractions = shares(seconds) if seconds else None
    return tuple(
        ZoneRow(
            name=name,
            lower_bpm=lower or 0.0,
            upper_bpm=upper,
            seconds=seconds[index] if seconds else None,
            share=fractions[index] if fractions else None,
        )
        for index, (name, (lower, upper)) in enumerate(zip(zones.names, edges, strict=True))
    )


def _params(settings: AthleteSettings, method: ZoneMethod) -> dict[str, Setting]:
    """The numbers that the method rests on."""
    used = {
        "own_bounds": {},
        "threshold_shares": {"lthr_bpm": settings.lthr_bpm},
        "reserve_shares": {
            "max_heartrate_bpm": settings.max_heartrate_bpm,
            "resting_heartrate_bpm": settings.resting_heartrate_bpm,
        },
        "max_shares": {"max_heartrate_bpm": settings.max_heartrate_bpm},
    }
    return {name: setting for name, setting in used[method].items() if setting is not None}
