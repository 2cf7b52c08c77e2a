"""Check values computed from Friel's definitions, in metres."""

import numpy as np
import pytest

from apis.activities.analytics.aerobic_efficiency import decoupling_percent, efficiency_factor, power_efficiency_factor
from apis.activities.analytics.errors import InputsMissing

HOUR = np.ones(3600)
FASTER_HEART = np.where(np.arange(3600) < 1800, 140.0, 147.0)


def test_five_minutes_a_kilometre_at_150() -> None:
    assert efficiency_factor(1000 / 300, 150) == pytest.approx(1.3333, abs=5e-5)


def test_in_yards_the_same_run_reads_higher() -> None:
    assert efficiency_factor(1000 / 300, 150) / 0.9144 == pytest.approx(1.458, abs=5e-4)


def test_a_ride_of_200_watts_at_125_has_an_efficiency_of_1_6() -> None:
    assert power_efficiency_factor(200, 125) == pytest.approx(1.6)
    with pytest.raises(InputsMissing):
        power_efficiency_factor(200, 0)


def test_without_a_heart_rate_there_is_no_efficiency() -> None:
    with pytest.raises(InputsMissing):
        efficiency_factor(3.0, 0)


def test_a_heart_that_rises_from_140_to_147_at_one_speed() -> None:
    assert decoupling_percent(HOUR, np.full(3600, 3.0), FASTER_HEART) == pytest.approx(4.762, abs=5e-4)


def test_a_second_half_that_is_more_efficient_is_negative() -> None:
    assert decoupling_percent(HOUR, np.full(3600, 3.0), FASTER_HEART[::-1].copy()) == pytest.approx(-5.0)


def test_a_stop_belongs_to_neither_half() -> None:
    moving = np.concatenate([np.ones(1800), np.zeros(900), np.ones(1800)])
    heart = np.concatenate([np.full(1800, 140.0), np.full(900, 90.0), np.full(1800, 147.0)])
    assert decoupling_percent(moving, np.full(4500, 3.0), heart) == pytest.approx(4.762, abs=5e-4)


def test_the_halves_are_of_time_not_of_samples() -> None:
    # The first half recorded every second, the second every ten.
    moving = np.concatenate([np.ones(1800), np.full(180, 10.0)])
    heart = np.concatenate([np.full(1800, 140.0), np.full(180, 147.0)])
    assert decoupling_percent(moving, np.full(1980, 3.0), heart) == pytest.approx(4.762, abs=5e-4)


@pytest.mark.parametrize("missing", [0.0, np.nan])
def test_samples_without_heart_rate_are_left_out(missing: float) -> None:
    heart = FASTER_HEART.copy()
    heart[::4] = missing
    assert decoupling_percent(HOUR, np.full(3600, 3.0), heart) == pytest.approx(4.762, abs=5e-3)


def test_a_first_half_without_output_is_refused() -> None:
    with pytest.raises(InputsMissing, match="first half"):
        decoupling_percent(HOUR, np.where(np.arange(3600) < 1800, 0.0, 200.0), np.full(3600, 140.0))


def test_less_than_twenty_minutes_is_refused() -> None:
    with pytest.raises(InputsMissing, match="20 minutes"):
        decoupling_percent(np.ones(1199), np.full(1199, 3.0), np.full(1199, 140.0))
