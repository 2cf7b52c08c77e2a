import numpy as np
import pytest

from apis.activities.analytics.grade_adjusted_pace import (
    cost_ratio,
    flat_distance_m,
    grade_along,
    running_cost,
)


@pytest.mark.parametrize(
    ("grade", "ratio"),
    [(-0.20, 0.5000), (-0.10, 0.5977), (-0.05, 0.7628), (0.0, 1.0), (0.05, 1.3014), (0.10, 1.6578), (0.20, 2.5019)],
)
def test_the_cost_of_slopes_is_minettis(grade: float, ratio: float) -> None:
    assert cost_ratio(np.array([grade]))[0] == pytest.approx(ratio, abs=5e-5)


def test_the_cheapest_slope_is_18_percent_down() -> None:
    grades = np.linspace(-0.45, 0.45, 9001)
    costs = running_cost(grades)

    assert grades[costs.argmin()] == pytest.approx(-0.181, abs=5e-4)
    assert costs.min() == pytest.approx(1.781, abs=5e-4)


@pytest.mark.parametrize(("pace_s", "grade", "flat_pace_s"), [(300, 0.05, 230.5), (240, -0.05, 314.6)])
def test_a_pace_on_a_slope_becomes_a_pace_on_the_flat(pace_s: float, grade: float, flat_pace_s: float) -> None:
    assert pace_s / cost_ratio(np.array([grade]))[0] == pytest.approx(flat_pace_s, abs=0.05)


def test_slopes_steeper_than_measured_are_clamped() -> None:
    assert running_cost(np.array([0.9]))[0] == running_cost(np.array([0.45]))[0]


def test_the_saving_downhill_can_be_damped() -> None:
    down, up = np.array([-0.10]), np.array([0.10])

    assert cost_ratio(down, downhill_credit=0.5)[0] == pytest.approx(1 - 0.5 * (1 - 0.5977), abs=5e-5)
    assert cost_ratio(up, downhill_credit=0.5)[0] == cost_ratio(up)[0]


def test_a_steady_climb_counts_as_more_ground() -> None:
    distance = np.arange(0.0, 5001.0, 3.0)

    assert flat_distance_m(distance, 0.05 * distance) == pytest.approx(1.3014 * 4998, rel=2e-3)
    assert flat_distance_m(distance, np.full(distance.shape, 80.0)) == pytest.approx(4998.0)


def test_altitude_noise_hardly_changes_the_flat() -> None:
    distance = np.arange(0.0, 10_000.0, 3.0)
    noise = np.random.default_rng(3).normal(0, 0.3, distance.size)

    assert flat_distance_m(distance, 40 + noise) == pytest.approx(distance[-1], rel=0.01)


def test_standing_still_has_no_grade() -> None:
    assert grade_along(np.zeros(4), np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [0.0, 0.0, 0.0, 0.0]
