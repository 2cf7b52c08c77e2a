"""Which runs a heart-rate trend may compare, and the one reason why each of the others is left out."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from apis.activities.analytics.repeated_runs import repeated
from apis.activities.analytics.run_columns import BoolArray, RunColumns

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
COMPARED = -1

VIRTUAL_RUN = "VirtualRun"
WORKOUT_RACE, WORKOUT_INTERVALS = 1, 3


@dataclass(frozen=True)
class ComparisonLimits:
    """What still counts as a comparable run; the last five are our own choice.

    Attributes:
        highest_bpm: Nobody's heart beats faster for more than 30 s.
        above_profile_max_bpm: Nor faster than the athlete's own maximum by more than this.
    """

    shortest_s: float = 20 * 60
    heartrate_coverage: float = 0.8
    cadence_lock_share: float = 0.5
    highest_bpm: float = 220.0
    above_profile_max_bpm: float = 10.0
    lowest_bpm: float = 60.0
    out_of_range_share: float = 0.05
    speed_variation: float = 0.20
    heartrate_variation: float = 0.09
    gain_m_per_km: float = 15.0

    def believable_bpm(self, max_heartrate_bpm: float | None) -> float:
        """The heart rate above which a reading is an error of the sensor, for an athlete with this stated maximum."""
        if max_heartrate_bpm is None:
            return self.highest_bpm
        return min(self.highest_bpm, max_heartrate_bpm + self.above_profile_max_bpm)


def exclusions(
    runs: RunColumns, *, sport_type: str, limits: ComparisonLimits, max_heartrate_bpm: float | None = None
) -> NDArray[np.intp]:
    """For each run the position in `REASONS` of the first reason that applies, or `COMPARED`.

    A quantity that is not known (NaN) is above and below no limit. Virtual runs have no weather and are always
    indoors, so neither keeps them from being compared with one another.

    Args:
        runs: Of every sport.
        sport_type: The sport that is analysed.
        limits: What still counts as comparable.
        max_heartrate_bpm: What the athlete stated, None if nothing.
    """
    outdoors = sport_type != VIRTUAL_RUN
    highest_bpm = limits.believable_bpm(max_heartrate_bpm)
    holds: dict[ExclusionReason, BoolArray] = {
        "other_sport": runs.sport_type != sport_type,
        "manual": runs.manual,
        "duplicate": repeated(runs),
        "indoor": outdoors & (runs.trainer | (runs.sport_type == VIRTUAL_RUN)),
        "race": runs.workout_type == WORKOUT_RACE,
        "intervals": (runs.workout_type == WORKOUT_INTERVALS) | _unsteady(runs, limits),
        "too_short": runs.moving_time_s < limits.shortest_s,
        "no_heartrate": ~(runs.heartrate_bpm > 0),
        "low_hr_coverage": runs.heartrate_coverage < limits.heartrate_coverage,
        "cadence_lock": runs.cadence_lock_share > limits.cadence_lock_share,
        "hr_out_of_range": _implausible(runs, limits, highest_bpm),
        "no_weather": outdoors & np.isnan(runs.temperature_c),
        "no_distance": ~(runs.speed_mps > 0),
        "too_hilly": ~runs.grade_adjusted & (runs.gain_m_per_km > limits.gain_m_per_km),
    }
    found = np.full(len(runs), COMPARED, dtype=np.intp)
    for position, reason in reversed(list(enumerate(REASONS))):
        found[holds[reason]] = position
    return found


def _unsteady(runs: RunColumns, limits: ComparisonLimits) -> BoolArray:
    return (runs.speed_variation > limits.speed_variation) | (runs.heartrate_variation > limits.heartrate_variation)


def _implausible(runs: RunColumns, limits: ComparisonLimits, highest_bpm: float) -> BoolArray:
    """A mean, or a heart rate held for more than 30 s, that nobody has, or many samples out of range."""
    mean = runs.heartrate_bpm
    return (
        (mean < limits.lowest_bpm)
        | (mean > highest_bpm)
        | (runs.sustained_max_bpm > highest_bpm)
        | (runs.heartrate_out_of_range_share > limits.out_of_range_share)
    )
