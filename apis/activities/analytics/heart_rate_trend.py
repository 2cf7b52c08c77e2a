"""The flagship: does the heart rate at the same effort, in this weather, go down.

Selects the comparable runs, gives the plain means per condition, fits the trend and words the answer. The model and
its rules are in `trend_model` and `trend_verdict`, the shape of the answer in `trend_report`.
"""

from collections.abc import Iterable
from dataclasses import asdict

import numpy as np

from apis.activities.analytics.comparable_runs import ComparableRuns, Selection, comparable_runs
from apis.activities.analytics.condition_means import condition_rows, nearest_condition
from apis.activities.analytics.errors import AnalyticsError, SportNotAnalysed
from apis.activities.analytics.exclusions import COMPARED, REASONS, ComparisonLimits, ExclusionReason
from apis.activities.analytics.least_squares import CONFIDENCE
from apis.activities.analytics.run_columns import RUN_SPORTS, Document
from apis.activities.analytics.trend_answer import trend_answer
from apis.activities.analytics.trend_model import REFERENCE_TEMPERATURE_C
from apis.activities.analytics.trend_report import (
    ConditionRow,
    ExcludedRun,
    HeartRateTrend,
    NearestCondition,
    TrendAnswer,
    TrendCoverage,
    TrendParams,
    WindowEcho,
)
from apis.activities.analytics.trend_warnings import run_warnings
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.analytics.windows import Window

DEFAULT_HISTORY_DAYS = 150
LONGEST_HISTORY_DAYS = 3660
MOST_EXCLUDED_LISTED = 60
FASTEST_PACE_S_PER_KM, SLOWEST_PACE_S_PER_KM = 120.0, 1200.0

METHOD = (
    "least squares over window and earlier runs: heart rate (time-weighted, first 10 min dropped where there are "
    "samples) on days, speed (grade-adjusted where there are samples), dry-bulb heat above 15 °C and log duration; "
    "95 % t intervals, checked by HC3, leave-one-out and ln(efficiency factor)"
)


def analyze_heart_rate_trend(
    documents: Iterable[Document],
    *,
    window: Window,
    sport_type: str = "Run",
    condition: str | None = None,
    history_days: int = DEFAULT_HISTORY_DAYS,
    reference_pace_s_per_km: float | None = None,
    max_heartrate_bpm: float | None = None,
    bands: WeatherBands | None = None,
    limits: ComparisonLimits | None = None,
) -> HeartRateTrend:
    """Trend of the heart rate at equal pace, heat and duration over a window.

    Args:
        documents: The athlete's activities as their rows are stored, in any order; those outside window and history
            are ignored.
        window: Local dates; a run belongs to the local date of its start.
        sport_type: One of `RUN_SPORTS`, which are analysed separately.
        condition: A weather band that the runs of the window must be in.
        history_days: Days before the window whose runs hold the effects of pace, heat and duration.
        reference_pace_s_per_km: Where the adjusted mean is given; the median of the compared runs if not given.
        max_heartrate_bpm: What the athlete stated; a run far above it is an error of the sensor.
        bands: Weather bands to use and echo; the documented ones if not given.
        limits: What still counts as comparable.

    Raises:
        SportNotAnalysed: Another sport.
        BandUnknown: `condition` is no weather band; the text lists them.
        AnalyticsError: History or reference pace out of range.
    """
    _check(sport_type, history_days, reference_pace_s_per_km)
    name = parse_band_names([condition])[0] if condition else None
    selection = Selection(
        window,
        history_days,
        sport_type,
        name,
        bands or WeatherBands(),
        limits or ComparisonLimits(),
        max_heartrate_bpm,
    )
    return _report(comparable_runs(documents, selection), selection, reference_pace_s_per_km)


def _check(sport_type: str, history_days: int, reference_pace_s_per_km: float | None) -> None:
    if sport_type not in RUN_SPORTS:
        raise SportNotAnalysed(
            f"the heart-rate trend compares runs; choose one sport of: {', '.join(RUN_SPORTS)} (analysed separately)"
        )
    if not 0 <= history_days <= LONGEST_HISTORY_DAYS:
        raise AnalyticsError(f"history_days must be between 0 and {LONGEST_HISTORY_DAYS}")
    pace = reference_pace_s_per_km
    if pace is not None and not FASTEST_PACE_S_PER_KM <= pace <= SLOWEST_PACE_S_PER_KM:
        raise AnalyticsError(
            f"reference_pace_s_per_km must be between {FASTEST_PACE_S_PER_KM:g} and {SLOWEST_PACE_S_PER_KM:g}"
        )


def _report(found: ComparableRuns, selection: Selection, pace_s_per_km: float | None) -> HeartRateTrend:
    window, condition = selection.window, selection.condition
    answer = _answer(found, window, pace_s_per_km, condition)
    rows = condition_rows(found.runs.chosen(found.compared & found.in_window), asked_for=condition)
    warnings = (*run_warnings(found, sport_type=selection.sport_type), *answer.warnings)
    return HeartRateTrend(
        **dict(answer) | {"warnings": warnings},
        window=WindowEcho.model_validate(window.echo()),
        timezone=window.timezone,
        sport_type=selection.sport_type,
        condition=condition,
        nearest_condition=_nearest(condition, rows),
        bands=selection.bands.echo(),
        coverage=_coverage(found),
        by_condition=rows,
        all_conditions=_answer(found.anywhere(), window, pace_s_per_km, None) if condition else None,
        excluded=_newest_excluded(found),
        excluded_counts=_excluded_counts(found),
        method=METHOD,
        params=TrendParams(
            history_days=selection.history_days,
            reference_temperature_c=REFERENCE_TEMPERATURE_C,
            confidence=CONFIDENCE,
            max_heartrate_bpm=selection.max_heartrate_bpm,
            limits=asdict(selection.limits),
            basis=found.basis,
        ),
    )


def _answer(found: ComparableRuns, window: Window, pace_s_per_km: float | None, condition: str | None) -> TrendAnswer:
    return trend_answer(
        found.table(window), window_days=window.days, reference_pace_s_per_km=pace_s_per_km, condition=condition
    )


def _nearest(condition: str | None, rows: tuple[ConditionRow, ...]) -> NearestCondition | None:
    """Another condition, only if the one that was asked for has no run."""
    missing = any(row.condition == condition and row.n == 0 for row in rows)
    return nearest_condition(condition, rows) if condition and missing else None


def _coverage(found: ComparableRuns) -> TrendCoverage:
    runs, within = found.runs, found.in_window
    compared = found.compared & within
    return TrendCoverage(
        runs=int(within.sum()),
        with_heartrate=int((within & (runs.heartrate_bpm > 0)).sum()),
        with_weather=int((within & runs.has_weather).sum()),
        comparable=int(compared.sum()),
        comparable_in_condition=int((compared & found.in_condition).sum()),
        history_runs=int((~within).sum()),
        history_comparable=int((found.compared & ~within).sum()),
        grade_adjusted=int((compared & runs.grade_adjusted).sum()),
        device_temperature=int((compared & runs.device_temperature).sum()),
    )


def _newest_excluded(found: ComparableRuns) -> tuple[ExcludedRun, ...]:
    newest_first = np.flatnonzero(~found.compared)[::-1]
    return tuple(
        ExcludedRun(
            id=str(found.runs.activity_id[at]),
            date=found.runs.local_date(at).isoformat(),
            weekday=str(found.runs.weekday[at]),
            in_window=bool(found.in_window[at]),
            reason=REASONS[found.reason[at]],
        )
        for at in newest_first[:MOST_EXCLUDED_LISTED].tolist()
    )


def _excluded_counts(found: ComparableRuns) -> dict[ExclusionReason, int]:
    counts = np.bincount(found.reason[found.reason != COMPARED], minlength=len(REASONS))
    return {reason: int(count) for reason, count in zip(REASONS, counts, strict=True) if count}
