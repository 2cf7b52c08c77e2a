"""The model against simulated truth, 200 fixed seeds each: the interval must be as wide as it says, and no wider."""

from collections import Counter
from typing import Any

import pytest

from apis.activities.analytics.trend_model import NotEnoughRuns, TrendFit, fit_trend
from apis.activities.analytics.trend_verdict import direction, expected_half_width, judge, needs
from tests.support.runs import simulated

SEEDS = 200


def fits(**truth: Any) -> list[TrendFit]:
    found = [fit_trend(simulated(seed, **truth)) for seed in range(SEEDS)]
    return [each for each in found if not isinstance(each, NotEnoughRuns)]


@pytest.mark.parametrize(
    "truth",
    [
        pytest.param({}, id="ten runs in thirty days with history"),
        pytest.param({"in_window": 20, "span_days": 60.0, "noise_bpm": 2.0}, id="twenty runs in sixty days"),
        pytest.param({"in_window": 40, "earlier": 0, "span_days": 120.0}, id="forty runs without history"),
    ],
)
def test_the_95_percent_interval_covers_the_truth_in_92_to_98_percent(truth: dict[str, Any]) -> None:
    fitted = fits(change_bpm_per_30d=-3.0, **truth)
    changes = [each.change() for each in fitted]

    assert len(fitted) == SEEDS
    assert 0.92 <= sum(each.low <= -3.0 <= each.high for each in changes) / SEEDS <= 0.98


def test_ten_runs_in_thirty_days_see_no_change_smaller_than_about_five_bpm() -> None:
    widths = sorted(each.change().half_width for each in fits())

    assert 3.5 < widths[SEEDS // 2] < 5.5


@pytest.mark.parametrize("history", [pytest.param(40, id="with history"), pytest.param(0, id="window alone")])
def test_warming_weather_is_not_called_worsening(history: int) -> None:
    span = 30.0 if history else 120.0
    runs = 10 if history else 40
    verdicts = Counter(
        judge(each).verdict for each in fits(in_window=runs, earlier=history, span_days=span, warming=True)
    )

    assert verdicts["worsening"] <= 0.05 * SEEDS


def test_slowing_down_is_not_called_improving() -> None:
    verdicts = Counter(judge(each).verdict for each in fits(slowing=True))

    assert verdicts["improving"] <= 0.05 * SEEDS


def test_a_real_change_over_four_months_is_found() -> None:
    verdicts = Counter(
        judge(each).verdict for each in fits(in_window=40, earlier=0, span_days=120.0, change_bpm_per_30d=-3.0)
    )

    assert verdicts["improving"] >= 0.9 * SEEDS


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-3, -0.1, "improving"), (0.1, 3, "worsening"), (-3, 0, "no_detectable_change"), (0, 3, "no_detectable_change")],
)
def test_an_interval_that_touches_zero_claims_nothing(low: float, high: float, verdict: str) -> None:
    assert direction(low, high) == verdict


def test_the_expected_width_agrees_with_the_simulated_one() -> None:
    # 20 runs over 60 days and 40 over 120 at a noise of 3 bpm: 2.8 and 0.9 in the design's simulation.
    assert expected_half_width(20, 60, 3.0) == pytest.approx(2.8, abs=0.3)
    assert expected_half_width(40, 120, 3.0) == pytest.approx(0.9, abs=0.15)


def test_what_is_needed_depends_on_the_noise_and_on_what_is_visible_already() -> None:
    assert needs(3.0, 20 / 60, 6.0) == "about 20 comparable runs over 60 days would show a change of 4 bpm per 30 days"
    assert needs(3.0, 20 / 60, 3.0) == "about 30 comparable runs over 90 days would show a change of 2 bpm per 30 days"
    assert needs(3.0, 20 / 60, 1.0) is None
