"""Check values: Tanaka, Karvonen and Friel as published; Treff's index computed from its formula."""

import numpy as np
import pytest

from apis.activities.analytics.heart_rate_zones import (
    HeartRateZones,
    estimated_max_heart_rate_bpm,
    karvonen_bpm,
    polarisation_index,
    threshold_zones,
    time_in_zones_s,
)

THREE = HeartRateZones(("1", "2", "3"), (0.0, 140.0, 160.0), "by hand")


def test_maximal_heart_rate_at_forty_is_180() -> None:
    assert estimated_max_heart_rate_bpm(40) == pytest.approx(180)


def test_seventy_percent_of_the_reserve_is_151() -> None:
    assert karvonen_bpm(0.7, resting_bpm=60, max_bpm=190) == pytest.approx(151)


def test_running_zones_of_a_threshold_of_170_begin_where_friel_says() -> None:
    zones = threshold_zones(170, "run")
    assert zones.lower_bounds_bpm == pytest.approx((0, 144, 153, 162, 170, 175, 180), abs=1)
    assert zones.names == ("1", "2", "3", "4", "5a", "5b", "5c")
    assert "170" in zones.method


def test_cycling_zones_begin_lower_than_running_zones() -> None:
    assert threshold_zones(170, "ride").lower_bounds_bpm[1:4] == pytest.approx((137.7, 153.0, 159.8))


def test_a_heart_rate_on_a_bound_belongs_to_the_higher_zone() -> None:
    assert time_in_zones_s(np.arange(4.0), np.array([139.9, 140.0, 160.0, 160.0]), THREE) == (1.0, 1.0, 1.0)


def test_missing_and_zero_heart_rate_is_in_no_zone_and_a_gap_counts_ten_seconds() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 100.0])
    assert time_in_zones_s(time_s, np.array([0.0, np.nan, 150.0, 150.0]), THREE) == (0.0, 10.0, 0.0)


@pytest.mark.parametrize(
    ("shares", "index"),
    [
        pytest.param((0.80, 0.05, 0.15), 2.380, id="polarised"),
        pytest.param((0.801, 0.099, 0.100), 1.908, id="barely"),
        pytest.param((0.85, 0.0, 0.15), 3.1055, id="no-time-between-counts-as-a-hundredth"),
        pytest.param((0.90, 0.10, 0.0), 0.0, id="nothing-hard"),
        pytest.param((0.60, 0.30, 0.10), None, id="pyramidal-has-none"),
    ],
)
def test_polarisation_index(shares: tuple[float, float, float], index: float | None) -> None:
    found = polarisation_index(shares)
    assert found == (None if index is None else pytest.approx(index, abs=5e-4))
