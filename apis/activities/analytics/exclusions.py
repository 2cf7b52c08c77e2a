"""Which activities a heart-rate trend may compare, and the one reason why each of the others is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from apis.activities.analytics.run_features import RunFeatures
from apis.activities.models import Activity

ExclusionReason = Literal[
    "other_sport",
    "manual",
    "duplicate",
    "indoor",
    "race",
    "intervals",
    "too_short",
    "no_heartrate",
    "low_hr_coverage",
    "cadence_lock",
    "hr_out_of_range",
    "no_weather",
    "no_distance",
    "too_hilly",
]
REASONS: tuple[ExclusionReason, ...] = get_args(ExclusionReason)

WORKOUT_RACE, WORKOUT_INTERVALS = 1, 3
SAME_START = timedelta(seconds=120)
SAME_DISTANCE = 0.05


@dataclass(frozen=True)
class ComparisonLimits:
    """What still counts as a comparable run; the last four are our own choice."""

    shortest_s: float = 20 * 60
    heartrate_coverage: float = 0.8
    cadence_lock_share: float = 0.5
    lowest_bpm: float = 60.0
    highest_bpm: float = 220.0
    out_of_range_share: float = 0.05
    speed_variation: float = 0.20
    heartrate_variation: float = 0.09
    gain_m_per_km: float = 15.0


def exclusion_reason(
    activity: Activity,
    features: RunFeatures,
    *,
    sport_type: str,
    limits: ComparisonLimits,
    duplicate: bool = False,
) -> ExclusionReason | None:
    """Why this activity is not compared, the first reason that applies in the order of `REASONS`, else None.

    Args:
        activity: The activity as stored.
        features: What its samples, or else its averages, say.
        sport_type: The sport that is analysed.
        limits: What still counts as comparable.
        duplicate: It repeats another activity; see `duplicate_ids`.
    """
    holds = {
        "other_sport": activity.sport_type != sport_type,
        "manual": activity.manual,
        "duplicate": duplicate,
        "indoor": activity.trainer or activity.sport_type == "VirtualRun",
        "race": activity.workout_type == WORKOUT_RACE,
        "intervals": activity.workout_type == WORKOUT_INTERVALS or _unsteady(features, limits),
        "too_short": features.moving_time_s < limits.shortest_s,
        "no_heartrate": features.heartrate_bpm is None,
        "low_hr_coverage": _below(features.heartrate_coverage, limits.heartrate_coverage),
        "cadence_lock": _above(features.cadence_lock_share, limits.cadence_lock_share),
        "hr_out_of_range": _implausible(features, limits),
        "no_weather": activity.weather is None or activity.weather.temperature_c is None,
        "no_distance": not features.speed_mps,
        "too_hilly": not features.grade_adjusted and _above(features.gain_m_per_km, limits.gain_m_per_km),
    }
    return next((reason for reason in REASONS if holds.get(reason, False)), None)


def duplicate_ids(activities: Sequence[Activity]) -> frozenset[str]:
    """Ids of activities that repeat an earlier one: same sport, start within 120 s, distance within 5 %.

    The import merges these already; one that slipped through must still not count twice. A recorded activity
    is kept before a manual one, then the lower id.
    """
    ordered = sorted(activities, key=lambda each: (each.manual, len(each.id), each.id))
    kept: Mapping[str, list[Activity]] = {each.sport_type: [] for each in ordered}
    repeated = []
    for activity in ordered:
        if any(_same(activity, other) for other in kept[activity.sport_type]):
            repeated.append(activity.id)
        else:
            kept[activity.sport_type].append(activity)
    return frozenset(repeated)


def _same(one: Activity, other: Activity) -> bool:
    if abs(one.start_date - other.start_date) > SAME_START:
        return False
    longer = max(one.distance or 0.0, other.distance or 0.0)
    return abs((one.distance or 0.0) - (other.distance or 0.0)) <= SAME_DISTANCE * longer


def _unsteady(features: RunFeatures, limits: ComparisonLimits) -> bool:
    return _above(features.speed_variation, limits.speed_variation) or _above(
        features.heartrate_variation, limits.heartrate_variation
    )


def _implausible(features: RunFeatures, limits: ComparisonLimits) -> bool:
    mean = features.heartrate_bpm
    outside = mean is not None and not limits.lowest_bpm <= mean <= limits.highest_bpm
    return outside or _above(features.heartrate_out_of_range_share, limits.out_of_range_share)


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit
