"""Check values: TRIMP computed from Banister's formula, hrTSS from its definition."""

import numpy as np
import pytest

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_impulse import CONSTANTS, heart_rate_stress_score, training_impulse
from apis.activities.athlete import Sex

HALF_HOUR = np.ones(1800)


@pytest.mark.parametrize(("sex", "expected"), [("M", 31.80), ("F", 37.13)])
def test_half_an_hour_at_130(sex: Sex, expected: float) -> None:
    found = training_impulse(HALF_HOUR, np.full(1800, 130.0), resting_bpm=40, max_bpm=200, sex=sex)
    assert found == pytest.approx(expected, abs=0.005)


def test_the_constants_are_told() -> None:
    assert CONSTANTS == {"M": "Banister a 0.64 b 1.92", "F": "Banister a 0.86 b 1.67"}


def test_hard_minutes_weigh_more_than_the_mean_heart_rate_tells() -> None:
    def load(heartrate_bpm: FloatArray) -> float:
        return training_impulse(HALF_HOUR, heartrate_bpm, resting_bpm=40, max_bpm=200, sex="M")

    uneven = np.repeat([100.0, 160.0], 900)
    assert load(uneven) == pytest.approx(37.785, abs=0.001)
    assert load(np.full(1800, uneven.mean())) == pytest.approx(31.80, abs=0.005)


def test_missing_heart_rate_adds_no_load_and_too_high_a_one_no_more_than_the_maximum() -> None:
    def load(bpm: float) -> float:
        return training_impulse(np.ones(60), np.full(60, bpm), resting_bpm=40, max_bpm=200, sex="M")

    assert load(np.nan) == load(0.0) == load(39.0) == 0
    assert load(240.0) == load(200.0) == pytest.approx(0.64 * np.exp(1.92))


def test_a_maximum_below_rest_is_refused() -> None:
    with pytest.raises(InputsMissing, match="not above"):
        training_impulse(HALF_HOUR, HALF_HOUR, resting_bpm=60, max_bpm=60, sex="M")


@pytest.mark.parametrize("sex", ["M", "F"])
def test_an_hour_at_threshold_is_100(sex: Sex) -> None:
    impulse = training_impulse(np.ones(3600), np.full(3600, 170.0), resting_bpm=50, max_bpm=190, sex=sex)
    score = heart_rate_stress_score(impulse, resting_bpm=50, max_bpm=190, lthr_bpm=170, sex=sex)
    assert score == pytest.approx(100)


@pytest.mark.parametrize("lthr_bpm", [50, 191])
def test_a_threshold_outside_the_reserve_is_refused(lthr_bpm: float) -> None:
    with pytest.raises(InputsMissing, match="threshold"):
        heart_rate_stress_score(50, resting_bpm=50, max_bpm=190, lthr_bpm=lthr_bpm, sex="M")
