from dataclasses import replace
from typing import get_args

import pytest

from apis.activities.analytics.trend_model import TrendFit, fit_trend
from apis.activities.analytics.trend_report import Verdict
from apis.activities.analytics.trend_verdict import direction, expected_half_width, judge, needs
from tests.support.runs import simulated


def fitted(seed: int, change_bpm_per_30d: float) -> TrendFit:
    found = fit_trend(simulated(seed, change_bpm_per_30d=change_bpm_per_30d, noise_bpm=2.0, in_window=12))
    assert isinstance(found, TrendFit)
    return found


def test_there_are_four_verdicts() -> None:
    assert get_args(Verdict) == ("improving", "worsening", "no_detectable_change", "not_enough_data")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-3, -0.1, "improving"), (0.1, 3, "worsening"), (-3, 0, "no_detectable_change"), (0, 3, "no_detectable_change")],
)
def test_an_interval_that_touches_zero_claims_nothing(low: float, high: float, verdict: str) -> None:
    assert direction(low, high) == verdict


@pytest.mark.parametrize(("change", "verdict"), [(-6.0, "improving"), (4.0, "worsening")])
def test_a_claim_that_survives_everything_stands(change: float, verdict: str) -> None:
    judgement = judge(fitted(0, change))

    assert judgement.verdict == verdict
    assert judgement.stability.note is None
    assert judgement.stability.leave_one_out_agrees
    assert judgement.stability.efficiency_factor_agrees


@pytest.mark.parametrize(
    ("seed", "change", "note", "agrees"),
    [
        pytest.param(4, -4.0, "depends on one run", (True, False, True), id="leave one out"),
        pytest.param(20, 4.0, "depends on method", (False, True, True), id="HC3"),
        pytest.param(144, 4.0, "depends on method", (True, True, False), id="efficiency factor"),
        pytest.param(8, -4.0, "depends on one run and depends on method", (False, False, False), id="all"),
    ],
)
def test_each_second_opinion_alone_can_take_a_claim_back(
    seed: int, change: float, note: str, agrees: tuple[bool, bool, bool]
) -> None:
    fit = fitted(seed, change)
    judgement, interval = judge(fit), fit.change()
    claimed = direction(interval.low, interval.high)
    stability = judgement.stability

    assert claimed in {"improving", "worsening"}
    assert judgement.verdict == "no_detectable_change"
    assert judgement.reason == f"the interval alone would say {claimed}, but that {note}"
    assert stability.hc3_ci95_low is not None
    assert stability.hc3_ci95_high is not None
    hc3 = direction(stability.hc3_ci95_low, stability.hc3_ci95_high) == claimed
    assert (hc3, stability.leave_one_out_agrees, stability.efficiency_factor_agrees) == agrees


def test_leaving_out_one_run_after_the_other_is_what_the_closed_form_says() -> None:
    for seed, change in ((0, -6.0), (4, -4.0), (8, -4.0)):
        fit = fitted(seed, change)
        interval = fit.change()
        claimed = direction(interval.low, interval.high)
        agrees = []
        for at in range(len(fit.runs)):
            kept = fit.runs.chosen(fit.runs.day != fit.runs.day[at])
            without = fit_trend(kept)
            assert isinstance(without, TrendFit)
            agrees.append(direction(without.change().low, without.change().high) == claimed)

        assert judge(fit).stability.leave_one_out_agrees is all(agrees)


def test_a_model_that_may_not_claim_does_not() -> None:
    fit = fitted(0, -6.0)

    judgement = judge(replace(fit, claims_allowed=False))

    assert judgement.verdict == "no_detectable_change"
    assert judgement.reason == "heat could not be adjusted for, and window and history were not equally warm"


def test_the_expected_width_agrees_with_the_simulated_one() -> None:
    # 20 runs over 60 days and 40 over 120 at a noise of 3 bpm: 2.8 and 0.9 in the design's simulation.
    assert expected_half_width(20, 60, 3.0) == pytest.approx(2.8, abs=0.3)
    assert expected_half_width(40, 120, 3.0) == pytest.approx(0.9, abs=0.15)


def test_what_is_needed_depends_on_the_noise_and_on_what_is_visible_already() -> None:
    assert needs(3.0, 20 / 60, 6.0) == "about 20 comparable runs over 60 days would show a change of 4 bpm per 30 days"
    assert needs(3.0, 20 / 60, 3.0) == "about 30 comparable runs over 90 days would show a change of 2 bpm per 30 days"
    assert needs(3.0, 20 / 60, 1.0) is None
