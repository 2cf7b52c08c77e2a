"""The runs of window and history, each with its place and, if it is not compared, its one reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np

from apis.activities.analytics.exclusions import (
    ComparisonLimits,
    ExclusionReason,
    duplicate_ids,
    exclusion_reason,
)
from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.trend_model import RunTable
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window
from apis.activities.models import Activity

RUN_SPORTS = ("Run", "TrailRun", "VirtualRun")
DAY_S = 86_400.0


@dataclass(frozen=True)
class Selection:
    """Which runs a trend looks at."""

    window: Window
    history_days: int
    sport_type: str
    condition: str | None
    bands: WeatherBands
    limits: ComparisonLimits

    def reaches(self, activity: Activity) -> bool:
        """Whether this is a run of any kind in window or history; the start's local date decides."""
        day = activity.start_date_local.date()
        earliest = self.window.start - timedelta(days=self.history_days)
        return activity.sport_type in RUN_SPORTS and earliest <= day < self.window.end

    def in_condition(self, activity: Activity) -> bool:
        """Whether the weather was the one asked for; always, if none was."""
        return self.condition is None or self.bands.matches(activity.weather, (self.condition,))


@dataclass(frozen=True)
class Candidate:
    """One run of window or history with what decides about it; `reason` is None for a compared run."""

    activity: Activity
    features: RunFeatures
    in_window: bool
    in_condition: bool
    reason: ExclusionReason | None

    def anywhere(self) -> "Candidate":
        """The same run where no condition was asked for."""
        return replace(self, in_condition=True)


def candidates(
    activities: Sequence[Activity], features: Mapping[str, RunFeatures], selection: Selection
) -> list[Candidate]:
    """The runs in reach, oldest first; activities that are no runs are neither compared nor listed."""
    runs = sorted(filter(selection.reaches, activities), key=lambda each: (each.start_date, each.id))
    repeated = duplicate_ids(runs)

    def candidate(run: Activity) -> Candidate:
        known = features.get(run.id) or run_features(run)
        reason = exclusion_reason(
            run,
            known,
            sport_type=selection.sport_type,
            limits=selection.limits,
            duplicate=run.id in repeated,
        )
        in_window = selection.window.contains(run.start_date_local.date())
        return Candidate(run, known, in_window, selection.in_condition(run), reason)

    return [candidate(run) for run in runs]


def run_table(runs: Sequence[Candidate], window: Window) -> RunTable:
    """Compared runs as the columns of the model: of the window those in the condition, and every earlier one."""
    start = datetime.combine(window.start, time.min)
    rows = [run for run in runs if run.in_condition or not run.in_window]

    def column(value: Callable[[Candidate], float | None]) -> FloatArray:
        return np.array([value(run) for run in rows], dtype=np.float64)

    return RunTable(
        day=column(lambda run: (run.activity.start_date_local - start).total_seconds() / DAY_S),
        heartrate_bpm=column(lambda run: run.features.heartrate_bpm),
        speed_mps=column(lambda run: run.features.speed_mps),
        temperature_c=column(lambda run: run.activity.weather.temperature_c if run.activity.weather else None),
        duration_s=column(lambda run: run.features.moving_time_s),
        in_condition=np.array([run.in_condition for run in rows], dtype=np.bool_),
    )
