"""Check values: TRIMP computed from Banister's formula, TSS as Coggan published it."""

import numpy as np
import pytest

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_impulse import (
    Sex,
    heart_rate_stress_score,
    normalized_power_w,
    training_impulse,
    training_stress_score,
)

HALF_HOUR = np.arange(1801.0)


@pytest.mark.parametrize(("sex", "expected"), [("male", 31.80), ("female", 37.13)])
def test_half_an_hour_at_130(sex: Sex, expected: float) -> None:
    found = training_impulse(HALF_HOUR, np.full(1801, 130.0), resting_bpm=40, max_bpm=200, sex=sex)
    assert found == pytest.approx(expected, abs=0.005)


def test_hard_minutes_weigh_more_than_the_mean_heart_rate_tells() -> None:
    def load(heartrate_bpm: FloatArray) -> float:
        return training_impulse(HALF_HOUR, heartrate_bpm, resting_bpm=40, max_bpm=200, sex="male")

    uneven = np.where(HALF_HOUR < 900, 100.0, 160.0)
    assert load(uneven) > load(np.full(1801, 130.0)) * 1.05


def test_missing_heart_rate_adds_no_load_and_too_high_a_one_no_more_than_the_maximum() -> None:
    time_s = np.arange(61.0)
    options = {"resting_bpm": 40.0, "max_bpm": 200.0}
    assert training_impulse(time_s, np.full(61, np.nan), sex="male", **options) == 0
    assert training_impulse(time_s, np.full(61, 0.0), sex="male", **options) == 0
    most = training_impulse(time_s, np.full(61, 200.0), sex="male", **options)
    assert training_impulse(time_s, np.full(61, 240.0), sex="male", **options) == pytest.approx(most)


def test_a_maximum_below_rest_is_refused() -> None:
    with pytest.raises(InputsMissing, match="not above"):
        training_impulse(HALF_HOUR, HALF_HOUR, resting_bpm=60, max_bpm=60, sex="male")


def test_an_hour_at_threshold_is_100() -> None:
    hour = np.arange(3601.0)
    impulse = training_impulse(hour, np.full(3601, 170.0), resting_bpm=50, max_bpm=190, sex="female")
    score = heart_rate_stress_score(impulse, resting_bpm=50, max_bpm=190, lthr_bpm=170, sex="female")
    assert score == pytest.approx(100)


@pytest.mark.parametrize("lthr_bpm", [50, 191])
def test_a_threshold_outside_the_reserve_is_refused(lthr_bpm: float) -> None:
    with pytest.raises(InputsMissing, match="threshold"):
        heart_rate_stress_score(50, resting_bpm=50, max_bpm=190, lthr_bpm=lthr_bpm, sex="male")


def test_normalized_power_of_a_constant_is_the_constant() -> None:
    assert normalized_power_w(np.full(600, 210.0)) == pytest.approx(210)


def test_normalized_power_of_an_uneven_ride_is_above_its_mean() -> None:
    power = np.tile(np.repeat([100.0, 300.0], 60), 10)
    assert normalized_power_w(power) == pytest.approx(
        238.95, rel=0.005
    )  # half the time on ramps, whose 4th power has this mean
    assert normalized_power_w(power) > power.mean()


def test_normalized_power_counts_seconds_not_samples() -> None:
    every_second = np.repeat([100.0, 300.0, 100.0, 300.0], 60)
    every_fifth = every_second[::5]
    assert normalized_power_w(every_fifth, interval_s=5) == pytest.approx(normalized_power_w(every_second), rel=0.01)


def test_less_than_thirty_seconds_of_power_is_refused() -> None:
    with pytest.raises(InputsMissing, match="30 s"):
        normalized_power_w(np.full(29, 200.0))


@pytest.mark.parametrize(
    ("duration_s", "normalized_w", "ftp_w", "score"), [(3600, 100, 100, 100), (7200, 200, 250, 128)]
)
def test_training_stress_score(duration_s: float, normalized_w: float, ftp_w: float, score: float) -> None:
    assert training_stress_score(duration_s, normalized_w, ftp_w=ftp_w) == pytest.approx(score)


def test_without_a_threshold_power_there_is_no_score() -> None:
    with pytest.raises(InputsMissing):
        training_stress_score(3600, 200, ftp_w=0)
