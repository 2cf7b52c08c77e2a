"""From a fitted trend to one of four verdicts: never more than the interval and its robustness allow."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apis.activities.analytics.errors import DesignSingular
from apis.activities.analytics.least_squares import Interval, fit_least_squares, t_quantile
from apis.activities.analytics.trend_model import DAYS, FEWEST_IN_WINDOW, TrendFit
from apis.activities.analytics.trend_report import Stability, Verdict

Direction = Literal["improving", "worsening", "no_detectable_change"]

USUAL_RESIDUAL_SD_BPM = 3.0
# Adjusting for pace, heat and duration costs precision: the simulated intervals of the design are wider by this.
COVARIATE_COST = 1.15
TARGET_CHANGES_BPM = (4.0, 2.0)
SPANS_DAYS = (30, 45, 60, 90, 120, 180, 240, 365)
TERMS, FEWEST_DEGREES = 5, 4


@dataclass(frozen=True)
class Judgement:
    """The verdict, why, and what it survived."""

    verdict: Verdict
    reason: str
    stability: Stability


def direction(low: float, high: float) -> Direction:
    """What an interval of the change in heart rate says; lower heart rate at equal effort is better."""
    if high < 0:
        return "improving"
    return "worsening" if low > 0 else "no_detectable_change"


def judge(fitted: TrendFit) -> Judgement:
    """The verdict of a fitted trend: that of its interval, downgraded when anything else disagrees."""
    change = fitted.change()
    found = direction(change.low, change.high)
    stability = _stability(fitted, found)
    if found == "no_detectable_change":
        return Judgement(found, _nothing_seen(change), stability)
    if not fitted.claims_allowed:
        reason = "heat could not be adjusted for, and window and history were not equally warm"
        return Judgement("no_detectable_change", reason, stability)
    if stability.note:
        reason = f"the interval alone would say {found}, but that {stability.note}"
        return Judgement("no_detectable_change", reason, stability)
    side = "below" if found == "improving" else "above"
    return Judgement(found, f"the whole 95 % interval of the change is {side} 0", stability)


def _nothing_seen(change: Interval) -> str:
    return (
        "the 95 % interval of the change contains 0; "
        f"a change smaller than {change.half_width:.1f} bpm per 30 days could not have been seen"
    )


def _stability(fitted: TrendFit, found: Direction) -> Stability:
    hc3 = _hc3(fitted)
    every_run = _without_any_run(fitted, found)
    efficiency = _efficiency_direction(fitted) == found
    hc3_agrees = hc3 is not None and direction(hc3.low, hc3.high) == found
    return Stability(
        hc3_ci95_low=hc3.low if hc3 else None,
        hc3_ci95_high=hc3.high if hc3 else None,
        leave_one_out_agrees=every_run,
        efficiency_factor_agrees=efficiency,
        note=_note(one_run=not every_run, method=not (hc3_agrees and efficiency)),
    )


def _without_any_run(fitted: TrendFit, found: Direction) -> bool:
    """Whether the same model without each of the runs in turn says the same; not where it cannot be fitted then."""
    lows, highs = fitted.fit.leave_one_out(fitted.change_index)
    agrees = {"improving": highs < 0, "worsening": lows > 0, "no_detectable_change": (lows <= 0) & (highs >= 0)}
    return bool(agrees[found].all())


def _note(*, one_run: bool, method: bool) -> str | None:
    if one_run and method:
        return "depends on one run and depends on method"
    if one_run:
        return "depends on one run"
    return "depends on method" if method else None


def _hc3(fitted: TrendFit) -> Interval | None:
    try:
        return fitted.fit.interval_hc3(fitted.unit("change")).scaled(DAYS)
    except DesignSingular:
        return None


def _efficiency_direction(fitted: TrendFit) -> Direction:
    """The verdict with ln(EF), metres a minute per beat, as response; a rising EF is better."""
    efficiency = np.log(fitted.runs.speed_mps * 60 / fitted.runs.heartrate_bpm)
    change = fit_least_squares(fitted.fit.design, efficiency).interval(fitted.unit("change"))
    return direction(-change.high, -change.low)


def expected_half_width(runs: int, span_days: float, residual_sd_bpm: float) -> float:
    """Half-width to expect of the 95 % interval, bpm per 30 days, for runs spread evenly over a span.

    The slope's standard error is s / sqrt(n · span² / 12), times a factor for the covariates.
    """
    error = residual_sd_bpm * math.sqrt(12 / runs) / span_days * DAYS
    return t_quantile(max(runs - 1 - TERMS, FEWEST_DEGREES)) * error * COVARIATE_COST


def needs(residual_sd_bpm: float | None, runs_per_day: float, half_width: float | None) -> str | None:
    """What data would settle it, at the athlete's own rate of runs; None if a small change is already visible.

    Args:
        residual_sd_bpm: Run-to-run noise of the fit; a usual value where there was no fit.
        runs_per_day: Comparable runs a day in the window.
        half_width: Of the present interval, bpm per 30 days; None where there is none.
    """
    target = next((each for each in TARGET_CHANGES_BPM if half_width is None or half_width > each), None)
    if target is None:
        return None
    noise = residual_sd_bpm or USUAL_RESIDUAL_SD_BPM
    rate = max(runs_per_day, FEWEST_IN_WINDOW / 30)
    for span in SPANS_DAYS:
        runs = round(rate * span)
        if expected_half_width(runs, span, noise) <= target:
            return f"about {runs} comparable runs over {span} days would show a change of {target:g} bpm per 30 days"
    return f"more than a year of comparable runs to show a change of {target:g} bpm per 30 days"
