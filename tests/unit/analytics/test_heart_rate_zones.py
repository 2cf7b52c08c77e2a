"""Check values: Tanaka, Karvonen and Friel as published."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.errors import InputsMissing
from apis.activities.analytics.heart_rate_zones import (
    HeartRateZones,
    estimated_max_heart_rate_bpm,
    karvonen_bpm,
    max_zones,
    own_zones,
    reserve_zones,
    threshold_zones,
    time_in_zones_s,
)

THREE = (0.0, 140.0, 160.0)
NAN = float("nan")


def test_maximal_heart_rate_at_forty_is_180() -> None:
    assert estimated_max_heart_rate_bpm(40) == pytest.approx(180)


def test_seventy_percent_of_the_reserve_is_151() -> None:
    assert karvonen_bpm(0.7, resting_bpm=60, max_bpm=190) == pytest.approx(151)


def test_running_zones_of_a_threshold_of_170_begin_where_friel_says() -> None:
    zones = threshold_zones(170, "run")
    assert zones.lower_bounds_bpm[0] == 0
    assert zones.lower_bounds_bpm[1:] == pytest.approx((144, 153, 162, 170, 175, 180), abs=1)
    assert zones.names == ("1", "2", "3", "4", "5a", "5b", "5c")


def test_cycling_zones_begin_where_friel_says() -> None:
    assert threshold_zones(100, "ride").lower_bounds_bpm == pytest.approx((0, 81, 90, 94, 100, 103, 106))


def test_five_zones_of_the_reserve_and_of_the_maximum() -> None:
    assert reserve_zones(60, 190).lower_bounds_bpm == pytest.approx((0, 138, 151, 164, 177))
    assert max_zones(190).lower_bounds_bpm == pytest.approx((0, 114, 133, 152, 171))
    with pytest.raises(InputsMissing):
        reserve_zones(60, 60)


def test_own_zones_take_what_lies_below_the_first_bound_into_zone_1() -> None:
    assert own_zones((100, 120, 140)) == HeartRateZones(("1", "2", "3"), (0.0, 120.0, 140.0), "own_bounds")
    assert own_zones((0, 120, 140)) == own_zones((100, 120, 140))


@pytest.mark.parametrize("bounds", [(120, 120, 140), (120, 140, 130)])
def test_own_zones_that_do_not_ascend_are_refused(bounds: tuple[int, ...]) -> None:
    with pytest.raises(InputsMissing, match="ascend"):
        own_zones(bounds)


def test_a_heart_rate_on_a_bound_belongs_to_the_higher_zone() -> None:
    assert time_in_zones_s(np.ones(4), np.array([139.9, 140.0, 160.0, 190.0]), THREE) == (1.0, 1.0, 2.0)


def test_missing_and_zero_heart_rate_is_in_no_zone() -> None:
    assert time_in_zones_s(np.ones(3), np.array([0.0, NAN, 150.0]), THREE) == (0.0, 1.0, 0.0)


held = st.lists(st.tuples(st.floats(0.001, 600), st.one_of(st.floats(25, 220), st.just(0.0), st.just(NAN))), min_size=1)


@given(held, st.floats(80, 230), st.sampled_from(["run", "ride"]))
@settings(deadline=None, max_examples=100)
def test_zones_add_up_to_the_time_with_a_heart_rate(rows: list[tuple[float, float]], lthr: float, sport: str) -> None:
    seconds, bpm = (np.array(column) for column in zip(*rows, strict=True))
    zones = threshold_zones(lthr, "ride" if sport == "ride" else "run")
    assert sum(time_in_zones_s(seconds, bpm, zones.lower_bounds_bpm)) == pytest.approx(seconds[bpm > 0].sum())
