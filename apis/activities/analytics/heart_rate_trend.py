"""The flagship: does the heart rate at the same effort, in this weather, go down.

Selects the comparable runs, gives the plain means per condition, fits the trend and words the answer. The model and
its rules are in `trend_model` and `trend_verdict`, the shape of the answer in `trend_report`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from apis.activities.analytics.comparable_runs import RUN_SPORTS, Candidate, Selection, candidates, run_table
from apis.activities.analytics.condition_means import condition_rows, nearest_condition
from apis.activities.analytics.errors import AnalyticsError, SportNotAnalysed
from apis.activities.analytics.exclusions import ComparisonLimits
from apis.activities.analytics.run_features import RunFeatures
from apis.activities.analytics.trend_model import (
    REFERENCE_TEMPERATURE_C,
    NotEnoughRuns,
    TrendFit,
    fit_trend,
)
from apis.activities.analytics.trend_report import (
    AdjustedMean,
    DroppedTerm,
    ExcludedRun,
    HeartRateTrend,
    Trend,
    TrendAnswer,
    TrendCoverage,
    WindowEcho,
)
from apis.activities.analytics.trend_verdict import judge, needs
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.analytics.windows import Window
from apis.activities.models import Activity

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
    activities: Sequence[Activity],
    *,
    window: Window,
    features: Mapping[str, RunFeatures] | None = None,
    sport_type: str = "Run",
    condition: str | None = None,
    history_days: int = DEFAULT_HISTORY_DAYS,
    reference_pace_s_per_km: float | None = None,
    bands: WeatherBands | None = None,
    limits: ComparisonLimits | None = None,
) -> HeartRateTrend:
    """Trend of the heart rate at equal pace, heat and duration over a window.

    Args:
        activities: The athlete's activities in any order; those outside window and history are ignored.
        window: Local dates; a run belongs to the local date of its start.
        features: By activity id, as computed at import; a run without them is taken by its averages.
        sport_type: One of `RUN_SPORTS`, which are analysed separately.
        condition: A weather band that the runs of the window must be in.
        history_days: Days before the window whose runs hold the effects of pace, heat and duration.
        reference_pace_s_per_km: Where the adjusted mean is given; the median of the compared runs if not given.
        bands: Weather bands to use and echo; the documented ones if not given.
        limits: What still counts as comparable.

    Raises:
        SportNotAnalysed: Another sport.
        BandUnknown: `condition` is no weather band; the text lists them.
        AnalyticsError: History or reference pace out of range.
    """
    _check(sport_type, history_days, reference_pace_s_per_km)
    bands = bands or WeatherBands()
    name = parse_band_names([condition])[0] if condition else None
    selection = Selection(window, history_days, sport_type, name, bands, limits or ComparisonLimits())
    runs = candidates(activities, features or {}, selection)
    compared = [run for run in runs if run.reason is None]
    in_window = [run for run in compared if run.in_window]
    anywhere = [run.anywhere() for run in compared]
    answer = _answer(compared, window, reference_pace_s_per_km, name)
    rows = condition_rows([(run.activity, run.features) for run in in_window], bands, asked_for=name)
    return HeartRateTrend(
        **dict(answer),
        window=WindowEcho.model_validate(window.echo()),
        timezone=window.timezone,
        sport_type=sport_type,
        condition=name,
        nearest_condition=nearest_condition(name, rows)
        if name and not any(run.in_condition for run in in_window)
        else None,
        bands=bands.echo(),
        coverage=_coverage(runs),
        by_condition=rows,
        all_conditions=_answer(anywhere, window, reference_pace_s_per_km, None) if name else None,
        excluded=_excluded(runs)[:MOST_EXCLUDED_LISTED],
        excluded_counts=dict(Counter(run.reason for run in runs if run.reason is not None)),
        method=METHOD,
    )


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


def _answer(
    runs: Sequence[Candidate], window: Window, reference_pace_s_per_km: float | None, condition: str | None
) -> TrendAnswer:
    table = run_table(runs, window)
    per_day = float(table.in_window.sum()) / window.days
    pace = reference_pace_s_per_km
    fitted = fit_trend(table, reference_speed_mps=1000 / pace if pace else None, with_condition=condition is not None)
    if isinstance(fitted, NotEnoughRuns):
        return _unanswered(fitted, per_day, condition)
    return _answered(fitted, per_day)


def _unanswered(missing: NotEnoughRuns, runs_per_day: float, condition: str | None) -> TrendAnswer:
    where = f"in condition {condition}: " if condition else ""
    return TrendAnswer(
        adjusted_mean_hr_bpm=None,
        trend=None,
        smallest_change_visible_bpm_per_30d=None,
        verdict="not_enough_data",
        verdict_reason=where + missing.reason,
        stability=None,
        needs=needs(None, runs_per_day, None),
        warnings=(),
    )


def _answered(fitted: TrendFit, runs_per_day: float) -> TrendAnswer:
    change, judgement = fitted.change(), judge(fitted)
    return TrendAnswer(
        adjusted_mean_hr_bpm=_adjusted_mean(fitted),
        trend=Trend(
            bpm_per_30d=change.estimate,
            ci95_low=change.low,
            ci95_high=change.high,
            n=len(fitted.runs),
            n_window=int(fitted.runs.in_window.sum()),
            residual_sd_bpm=fitted.fit.residual_sd,
            terms=fitted.terms,
            dropped_terms=tuple(DroppedTerm(term=term, reason=reason) for term, reason in fitted.dropped),
            heat_bpm_per_c=fitted.coefficient("heat"),
            speed_bpm_per_mps=fitted.coefficient("speed"),
        ),
        smallest_change_visible_bpm_per_30d=change.half_width,
        verdict=judgement.verdict,
        verdict_reason=judgement.reason,
        stability=judgement.stability,
        needs=needs(fitted.fit.residual_sd, runs_per_day, change.half_width),
        warnings=fitted.warnings,
    )


def _adjusted_mean(fitted: TrendFit) -> AdjustedMean:
    mean = fitted.mean_at_reference()
    durations = fitted.runs.duration_s
    return AdjustedMean(
        bpm=mean.estimate,
        ci95_low=mean.low,
        ci95_high=mean.high,
        reference_pace_s_per_km=1000 / fitted.reference_speed_mps,
        reference_temperature_c=REFERENCE_TEMPERATURE_C if "heat" in fitted.terms else None,
        reference_duration_s=float(np.median(durations)) if "duration" in fitted.terms else None,
    )


def _coverage(runs: Sequence[Candidate]) -> TrendCoverage:
    within = [run for run in runs if run.in_window]
    earlier = [run for run in runs if not run.in_window]
    compared = [run for run in within if run.reason is None]
    weathers = [run.activity.weather for run in compared if run.activity.weather]
    return TrendCoverage(
        runs=len(within),
        with_heartrate=sum(run.features.heartrate_bpm is not None for run in within),
        with_weather=sum(run.activity.weather is not None for run in within),
        comparable=len(compared),
        comparable_in_condition=sum(run.in_condition for run in compared),
        history_runs=len(earlier),
        history_comparable=sum(run.reason is None for run in earlier),
        grade_adjusted=sum(run.features.grade_adjusted for run in compared),
        device_temperature=sum(weather.source == "device_sensor" for weather in weathers),
    )


def _excluded(runs: Sequence[Candidate]) -> tuple[ExcludedRun, ...]:
    """Newest first."""
    return tuple(
        ExcludedRun(
            id=run.activity.id,
            date=run.activity.start_date_local.date().isoformat(),
            in_window=run.in_window,
            reason=run.reason,
        )
        for run in reversed(runs)
        if run.reason is not None
    )
