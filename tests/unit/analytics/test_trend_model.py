"""What the model can see, against the simulation that its design rests on; 200 fixed seeds each."""

from statistics import mean, median
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from apis.activities.analytics.least_squares import Interval, fit_least_squares
from apis.activities.analytics.trend_model import (
    NotEnoughRuns,
    RunTable,
    Term,
    TrendFit,
    choose_terms,
    design_matrix,
    fit_trend,
    runs_for,
)
from apis.activities.analytics.trend_verdict import direction
from tests.support.runs import simulated

SEEDS = 200
WITHOUT_HISTORY: tuple[Term, ...] = ("change", "speed", "heat")
KNOT: tuple[Term, ...] = (*WITHOUT_HISTORY, "earlier_change", "duration")

# Data, terms, and per residual SD of 2, 3 and 4 bpm: median 95 % half-width in bpm per 30 days, power in percent.
DESIGN_TABLE = [
    pytest.param(
        {"in_window": 10, "earlier": 0}, WITHOUT_HISTORY, (6.6, 10.2, 13.1), (11, 11, 11), id="10 runs in 30 days"
    ),
    pytest.param({"in_window": 10, "earlier": 40}, KNOT, (3.5, 5.3, 7.0), (37, 20, 14), id="and 40 runs before"),
    pytest.param(
        {"in_window": 20, "earlier": 0, "span_days": 60.0},
        WITHOUT_HISTORY,
        (1.9, 2.8, 3.8),
        (85, 57, 33),
        id="20 runs in 60 days",
    ),
    pytest.param(
        {"in_window": 40, "earlier": 0, "span_days": 120.0},
        WITHOUT_HISTORY,
        (0.6, 0.9, 1.2),
        (100, 100, 100),
        id="40 runs in 120 days",
    ),
]


def change(runs: RunTable, terms: tuple[Term, ...]) -> Interval:
    fit = fit_least_squares(design_matrix(runs, terms, 2.9), runs.heartrate_bpm)
    return TrendFit(runs, terms, (), 2.9, fit).change()


@pytest.mark.parametrize(("data", "terms", "half_widths", "powers"), DESIGN_TABLE)
def test_the_table_of_the_design_is_reproduced(
    data: dict[str, Any], terms: tuple[Term, ...], half_widths: tuple[float, ...], powers: tuple[int, ...]
) -> None:
    # The design does not say how days, paces and temperatures were spread, on which a half-width depends: runs at
    # even days instead of drawn ones alone make it 10 % wider. Hence 20 %, and for the power what follows from that.
    for noise_bpm, half_width, power in zip((2.0, 3.0, 4.0), half_widths, powers, strict=True):
        truth = {**data, "change_bpm_per_30d": -3.0, "noise_bpm": noise_bpm, "seasons": False}
        changes = [change(simulated(seed, **truth), terms) for seed in range(SEEDS)]

        assert median(each.half_width for each in changes) == pytest.approx(half_width, rel=0.20)
        seen = mean(direction(each.low, each.high) != "no_detectable_change" for each in changes)
        assert 100 * seen == pytest.approx(power, abs=15)


def test_a_model_needs_eight_runs_and_three_for_each_term() -> None:
    assert [runs_for(terms) for terms in (2, 3, 5)] == [14, 17, 23]


@pytest.mark.parametrize(
    ("earlier", "terms"),
    [
        pytest.param(15, ("change", "speed", "heat", "earlier_change", "duration"), id="23 runs carry every term"),
        pytest.param(14, ("change", "speed", "heat", "earlier_change"), id="22 runs all but the duration"),
        pytest.param(12, ("change", "speed", "heat", "earlier_change"), id="20 runs as well"),
        pytest.param(11, ("change", "speed", "heat"), id="19 runs no earlier change either"),
    ],
)
def test_terms_are_dropped_one_after_the_other(earlier: int, terms: tuple[Term, ...]) -> None:
    assert choose_terms(simulated(3, in_window=8, earlier=earlier), with_condition=False)[0] == terms


def test_six_runs_of_the_window_are_enough_and_five_are_not() -> None:
    assert isinstance(fit_trend(simulated(3, in_window=6)), TrendFit)
    missing = fit_trend(simulated(3, in_window=5))
    assert isinstance(missing, NotEnoughRuns)
    assert missing.reason == "5 comparable runs in the window, 6 are needed"


def test_the_knot_keeps_the_change_of_the_window_apart_from_an_earlier_one() -> None:
    # Heart rate fell by 6 bpm per 30 days until the window began, and has not moved since.
    runs = simulated(5, in_window=20, earlier=60, noise_bpm=1.0)
    fell = RunTable(
        runs.day,
        runs.heartrate_bpm - 6 / 30 * np.minimum(runs.day, 0),
        runs.speed_mps,
        runs.temperature_c,
        runs.duration_s,
        runs.in_condition,
    )
    before, after = fit_trend(runs), fit_trend(fell)

    assert isinstance(before, TrendFit)
    assert isinstance(after, TrendFit)
    assert after.change().estimate == pytest.approx(before.change().estimate, abs=1e-9)
    assert after.coefficient("earlier_change") == pytest.approx((before.coefficient("earlier_change") or 0) - 0.2)


@pytest.mark.parametrize("seed", range(3))
def test_change_and_adjusted_mean_agree_with_statsmodels(seed: int) -> None:
    runs = simulated(seed, in_window=12, change_bpm_per_30d=-3.0)
    fitted = fit_trend(runs, reference_speed_mps=3.0)
    assert isinstance(fitted, TrendFit)
    within = runs.day >= 0
    design = np.column_stack(
        [
            np.ones(len(runs)),
            np.where(within, runs.day, 0.0),
            runs.speed_mps - 3.0,
            np.clip(runs.temperature_c, 15.0, None) - 15.0,
            np.where(within, 0.0, runs.day),
            np.log(runs.duration_s) - np.log(np.median(runs.duration_s)),
        ]
    )
    oracle = sm.OLS(runs.heartrate_bpm, design).fit()
    robust = oracle.get_robustcov_results("HC3", use_t=True)
    at_reference = oracle.get_prediction([1.0, runs.day[within].mean(), 0.0, 0.0, 0.0, 0.0])

    change, mean_bpm, hc3 = fitted.change(), fitted.mean_at_reference(), fitted.fit.interval_hc3(fitted.unit("change"))
    assert fitted.terms == KNOT
    assert (change.low, change.high) == pytest.approx(30 * oracle.conf_int()[1], rel=1e-8)
    assert (hc3.low, hc3.high) == pytest.approx(robust.conf_int()[1], rel=1e-8)
    assert (mean_bpm.low, mean_bpm.high) == pytest.approx(at_reference.conf_int(alpha=0.05)[0], rel=1e-8)
    assert fitted.coefficient("heat") == pytest.approx(oracle.params[3], rel=1e-8)
