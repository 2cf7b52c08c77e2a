"""Check values: NP of a constant and TSS as Coggan published them; the rest by a second computation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.power import (
    every_second_w,
    normalized_power_w,
    power_of_ride,
    training_stress_score,
)

NAN = float("nan")


@given(st.floats(1, 2000), st.integers(30, 5000))
@settings(deadline=None, max_examples=50)
def test_normalized_power_of_a_constant_is_the_constant(watts: float, seconds: int) -> None:
    assert normalized_power_w(np.full(seconds, watts)) == pytest.approx(watts)


def test_normalized_power_is_the_fourth_power_mean_of_thirty_second_means() -> None:
    power = np.random.default_rng(1).uniform(0, 400, 300)
    means = [power[start : start + 30].mean() for start in range(300 - 29)]
    assert normalized_power_w(power) == pytest.approx(np.mean(np.array(means) ** 4) ** 0.25)
    assert normalized_power_w(power) > power.mean()


def test_less_than_thirty_seconds_of_power_is_refused() -> None:
    with pytest.raises(InputsMissing, match="30 s"):
        normalized_power_w(np.full(29, 200.0))


def test_a_recording_of_one_a_second_is_read_as_it_is() -> None:
    power = np.array([100.0, 120.0, 0.0, 300.0, 250.0])
    assert every_second_w(np.arange(5.0), power).tolist() == [100.0, 120.0, 0.0, 300.0]


def test_a_sample_holds_until_the_next_and_never_longer_than_ten_seconds() -> None:
    time_s = np.array([0.0, 3.0, 4.0, 304.0, 305.0])
    held = every_second_w(time_s, np.array([100.0, 200.0, 300.0, 400.0, 0.0]))
    assert held.tolist() == [100.0] * 3 + [200.0] + [300.0] * 10 + [400.0]


def test_a_lost_sensor_is_left_out_and_coasting_is_not() -> None:
    held = every_second_w(np.arange(5.0), np.array([200.0, NAN, 0.0, 200.0, 200.0]))
    assert held.tolist() == [200.0, 0.0, 200.0]


def test_half_seconds_are_read_at_the_middle_of_each_second() -> None:
    time_s = np.arange(0.0, 4.0, 0.5)
    assert every_second_w(time_s, np.array([1.0, 2, 3, 4, 5, 6, 7, 8])).tolist() == [2.0, 4.0, 6.0]


def test_a_pause_changes_neither_normalized_power_nor_work() -> None:
    power = np.random.default_rng(2).uniform(0, 400, 601)
    time_s = np.arange(601.0)
    whole = power_of_ride(time_s, power)
    stopped = power_of_ride(np.where(time_s > 300, time_s + 1000 - 1, time_s), power)
    assert whole is not None
    assert stopped is not None
    # The last sample before the pause holds for the ten seconds of the gap cap.
    assert stopped.covered_s == whole.covered_s + 9
    assert stopped.work_kj == pytest.approx(whole.work_kj + 9 * power[300] / 1000)
    assert stopped.normalized_w == pytest.approx(whole.normalized_w, rel=0.01)


def test_an_hour_at_200_watts_is_720_kilojoules() -> None:
    ride = power_of_ride(np.arange(3601.0), np.full(3601, 200.0))
    assert ride is not None
    assert [ride.normalized_w, ride.work_kj, ride.covered_s] == [pytest.approx(200.0), pytest.approx(720.0), 3600.0]


def test_a_short_ride_has_work_but_no_normalized_power() -> None:
    ride = power_of_ride(np.arange(30.0), np.full(30, 200.0))
    assert ride is not None
    assert [ride.normalized_w, ride.work_kj] == [None, pytest.approx(5.8)]


@pytest.mark.parametrize("power", [np.full(10, NAN), np.zeros(0)])
def test_without_power_there_is_no_ride(power: np.ndarray) -> None:
    assert power_of_ride(np.arange(float(power.size)), power) is None


@given(st.lists(st.tuples(st.floats(0.1, 30), st.floats(0, 1500)), min_size=2, max_size=60))
@settings(deadline=None, max_examples=100)
def test_work_is_that_of_the_seconds_to_within_one_second(rows: list[tuple[float, float]]) -> None:
    steps, power = (np.array(column) for column in zip(*rows, strict=True))
    time_s = np.cumsum(steps)
    ride = power_of_ride(time_s, power)
    assert ride is not None
    seconds = every_second_w(time_s, power)
    assert abs(seconds.size - ride.covered_s) <= 1
    assert seconds.size == 0 or power.min() <= seconds.min() <= seconds.max() <= power.max()


@pytest.mark.parametrize(
    ("duration_s", "normalized_w", "ftp_w", "score"), [(3600, 100, 100, 100), (7200, 200, 250, 128)]
)
def test_training_stress_score(duration_s: float, normalized_w: float, ftp_w: float, score: float) -> None:
    assert training_stress_score(duration_s, normalized_w, ftp_w=ftp_w) == pytest.approx(score)


def test_without_a_threshold_power_there_is_no_score() -> None:
    with pytest.raises(InputsMissing):
        training_stress_score(3600, 200, ftp_w=0)
