"""The trend of one set of runs, fitted, judged and worded."""

import numpy as np

from apis.activities.analytics.trend_model import (
    REFERENCE_TEMPERATURE_C,
    NotEnoughRuns,
    RunTable,
    TrendFit,
    fit_trend,
)
from apis.activities.analytics.trend_report import AdjustedMean, DroppedTerm, Trend, TrendAnswer
from apis.activities.analytics.trend_verdict import judge, needs


def trend_answer(
    runs: RunTable, *, window_days: int, reference_pace_s_per_km: float | None, condition: str | None
) -> TrendAnswer:
    """Fits the model and says what it shows.

    Args:
        runs: Comparable runs of window and history; those of the window are in the condition.
        window_days: Local dates in the window.
        reference_pace_s_per_km: Where the adjusted mean is given; the median of the runs if None.
        condition: The weather band that was asked for, if any.
    """
    per_day = float(runs.in_window.sum()) / window_days
    pace = reference_pace_s_per_km
    fitted = fit_trend(runs, reference_speed_mps=1000 / pace if pace else None, with_condition=condition is not None)
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
        trend=_trend(fitted),
        smallest_change_visible_bpm_per_30d=change.half_width,
        verdict=judgement.verdict,
        verdict_reason=judgement.reason,
        stability=judgement.stability,
        needs=needs(fitted.fit.residual_sd, runs_per_day, change.half_width),
        warnings=fitted.warnings,
    )


def _trend(fitted: TrendFit) -> Trend:
    change = fitted.change()
    return Trend(
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
    )


def _adjusted_mean(fitted: TrendFit) -> AdjustedMean:
    mean = fitted.mean_at_reference()
    return AdjustedMean(
        bpm=mean.estimate,
        ci95_low=mean.low,
        ci95_high=mean.high,
        reference_pace_s_per_km=1000 / fitted.reference_speed_mps,
        reference_temperature_c=REFERENCE_TEMPERATURE_C if "heat" in fitted.terms else None,
        reference_duration_s=float(np.median(fitted.runs.duration_s)) if "duration" in fitted.terms else None,
    )
