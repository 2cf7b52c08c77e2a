import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.heart_rate_histogram import (
    covered_s,
    heart_rate_histogram,
    held_heart_rates,
    mean_bpm,
    shares,
)
from apis.activities.analytics.heart_rate_zones import threshold_zones, time_in_zones_s
from apis.activities.analytics.time_weighting import sample_durations_s, time_weighted_mean
from apis.activities.analytics.training_impulse import training_impulse

NAN = float("nan")
whole_bpm = st.one_of(st.integers(25, 220).map(float), st.just(0.0), st.just(NAN))
samples = st.lists(st.tuples(st.integers(1, 40), whole_bpm), min_size=2, max_size=80)


def arrays(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    steps, bpm = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return np.cumsum(steps), bpm


def test_seconds_are_counted_for_each_bpm_and_a_gap_counts_ten_of_them() -> None:
    time_s = np.array([0.0, 1.0, 3.0, 100.0, 101.0])
    assert heart_rate_histogram(time_s, np.array([140.0, 150.0, 140.0, 150.0, 199.0])) == {140: 11.0, 150: 3.0}


@pytest.mark.parametrize("missing", [pytest.param(NAN, id="null"), pytest.param(0.0, id="zero")])
def test_a_missing_heart_rate_is_skipped_and_never_counts_as_zero(missing: float) -> None:
    assert heart_rate_histogram(np.arange(4.0), np.array([missing, 150.0, missing, 150.0])) == {150: 1.0}
    assert heart_rate_histogram(np.arange(3.0), np.full(3, missing)) == {}


def test_a_fraction_counts_for_the_nearest_bpm() -> None:
    assert heart_rate_histogram(np.arange(3.0), np.array([149.6, 150.4, 0.0])) == {150: 2.0}


@given(samples)
@settings(deadline=None, max_examples=200)
def test_a_histogram_keeps_everything_that_load_zones_and_mean_need(rows: list[tuple[int, float]]) -> None:
    time_s, bpm = arrays(rows)
    histogram, durations = heart_rate_histogram(time_s, bpm), sample_durations_s(time_s)
    zones = threshold_zones(165, "run").lower_bounds_bpm
    mean = time_weighted_mean(time_s, bpm)

    def load(seconds: np.ndarray, heart: np.ndarray) -> float:
        return training_impulse(seconds, heart, resting_bpm=45, max_bpm=195, sex="F")

    assert load(*held_heart_rates(histogram)) == pytest.approx(load(durations, bpm))
    in_zones = time_in_zones_s(*held_heart_rates(histogram), zones)
    assert in_zones == pytest.approx(time_in_zones_s(durations, bpm, zones))
    assert sum(in_zones) == pytest.approx(covered_s(histogram)) == pytest.approx(mean.covered_s)
    assert mean_bpm(histogram) == (pytest.approx(mean.mean) if mean.covered_s else None)


def test_shares_are_fractions_and_of_nothing_there_are_none() -> None:
    assert shares((30.0, 60.0, 10.0)) == (0.3, 0.6, 0.1)
    assert shares((0.0, 0.0)) is None
