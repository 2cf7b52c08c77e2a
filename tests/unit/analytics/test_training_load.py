"""Check values computed from the formulas, and what other definitions would give, so that a change is seen."""

from collections.abc import Callable

import numpy as np
import pytest

from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_load import (
    coupled_workload_ratio,
    distance_spike,
    exponential_mean,
    form,
    impulse_response,
    monotony,
    strain,
    uncoupled_workload_ratio,
    weighted_workload_ratio,
)

WEEK = [5.0, 15.0, 20.0, 20.0, 20.0, 25.0, 35.0]
RISING = np.array([50.0] * 21 + [100.0] * 7)
LOADS = {0: 150.0, 1: 50.0, 2: 40.0, 5: 60.0, 6: 30.0, 7: 100.0}


def test_a_hundred_a_day_for_six_weeks() -> None:
    series = form(np.full(42, 100.0))
    assert series.ctl[-1] == pytest.approx(63.65, abs=0.005)
    assert series.atl[6] == pytest.approx(66.01, abs=0.005)


@pytest.mark.parametrize(
    ("days", "horizon", "expected"),
    [
        pytest.param(1 / (1 - np.exp(-1 / 42)), 42, 63.21, id="exponential-decay-42"),
        pytest.param(1 / (1 - np.exp(-1 / 7)), 7, 63.21, id="exponential-decay-7"),
        pytest.param(43 / 2, 42, 86.47, id="span-of-42"),
    ],
)
def test_other_definitions_of_the_mean_would_read_otherwise(days: float, horizon: int, expected: float) -> None:
    assert exponential_mean(np.full(horizon, 100.0), days)[-1] == pytest.approx(expected, abs=0.005)


def test_form_is_that_of_the_evening_before() -> None:
    series = form(np.array([100.0, 0.0, 0.0]))
    assert series.tsb[0] == 0
    assert series.tsb[1] == pytest.approx(100 / 42 - 100 / 7)
    assert form(np.zeros(0)).tsb.size == 0


def test_a_rest_day_lowers_both_means_and_a_seed_starts_them() -> None:
    assert exponential_mean(np.array([0.0]), 42, seed=42.0).tolist() == [41.0]


def test_impulse_response_of_a_week() -> None:
    assert impulse_response(LOADS, 7, decay_days=42) == pytest.approx(392.33, abs=0.005)
    assert impulse_response(LOADS, 7, decay_days=7) == pytest.approx(267.08, abs=0.005)


def test_a_load_of_tomorrow_does_not_count_today() -> None:
    assert impulse_response({0: 10.0, 8: 99.0}, 0, decay_days=7) == 10


def test_monotony_and_strain_of_fosters_week() -> None:
    assert monotony(WEEK) == pytest.approx(2.366, abs=5e-4)
    assert strain(WEEK) == pytest.approx(331.3, abs=0.05)


def test_the_standard_deviation_is_of_the_population_not_of_a_sample() -> None:
    sample_deviation = float(np.std(WEEK, ddof=1))
    assert np.mean(WEEK) / sample_deviation == pytest.approx(2.191, abs=5e-4)
    assert np.mean(WEEK) / sample_deviation * np.sum(WEEK) == pytest.approx(306.7, abs=0.05)


@pytest.mark.parametrize("load", [0.0, 20.0, 20.1, 0.3])
def test_seven_like_days_have_no_monotony(load: float) -> None:
    assert monotony([load] * 7) is None
    assert strain([load] * 7) is None


def test_three_workload_ratios_of_the_same_four_weeks() -> None:
    assert coupled_workload_ratio(RISING) == pytest.approx(1.6)
    assert uncoupled_workload_ratio(RISING) == pytest.approx(2.0)
    assert weighted_workload_ratio(RISING) == pytest.approx(1.3394, abs=5e-5)


@pytest.mark.parametrize("ratio", [coupled_workload_ratio, uncoupled_workload_ratio, weighted_workload_ratio])
def test_before_day_28_there_is_no_ratio_and_after_rest_alone_neither(
    ratio: Callable[[FloatArray], float | None],
) -> None:
    assert ratio(RISING[1:]) is None
    assert ratio(np.zeros(28)) is None


@pytest.mark.parametrize(
    ("distance_m", "hazard"),
    [(13_300, 1.64), (13_200, None), (15_600, 1.64), (16_000, 1.52), (24_000, 1.52), (25_000, 2.28), (9_000, None)],
    ids=["more", "exactly-a-tenth", "exactly-30-%", "a-third", "exactly-double", "more-than-double", "less"],
)
def test_a_spike_is_judged_against_the_longest_run_before(distance_m: float, hazard: float | None) -> None:
    spike = distance_spike(distance_m, 12_000)
    assert spike is not None
    assert spike.ratio == pytest.approx(distance_m / 12_000)
    assert distance_m != 13_300 or spike.ratio == pytest.approx(1.108, abs=5e-4)
    assert spike.hazard_ratio == hazard


def test_without_a_run_before_there_is_no_spike() -> None:
    assert distance_spike(10_000, 0) is None
