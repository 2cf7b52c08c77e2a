from dataclasses import replace

import pytest

from apis.activities.duplicates import Footprint, same_activity

RUN = Footprint(start_s=1_000_000.0, elapsed_s=3600.0, distance_m=10_000.0, sport_type="Run")


def both_ways(one: Footprint, other: Footprint) -> bool:
    verdict = same_activity(one, other)
    assert verdict == same_activity(other, one)
    return verdict


@pytest.mark.parametrize(("seconds", "same"), [(0, True), (120, True), (-120, True), (121, False), (-121, False)])
def test_starts_may_differ_by_120_seconds(seconds: float, same: bool) -> None:
    assert both_ways(RUN, replace(RUN, start_s=RUN.start_s + seconds)) == same


@pytest.mark.parametrize(("distance", "same"), [(9_500.0, True), (9_499.0, False), (10_526.0, True), (10_527.0, False)])
def test_distances_may_differ_by_5_percent_of_the_longer(distance: float, same: bool) -> None:
    assert both_ways(RUN, replace(RUN, distance_m=distance)) == same


@pytest.mark.parametrize(("elapsed", "same"), [(600.0, True), (599.0, False), (130.0, False)])
def test_the_shorter_must_be_covered_to_80_percent(elapsed: float, same: bool) -> None:
    later = replace(RUN, start_s=RUN.start_s - 120, elapsed_s=elapsed)
    assert both_ways(RUN, later) == same


def test_a_longer_stop_at_the_end_is_the_same_activity() -> None:
    assert both_ways(RUN, replace(RUN, elapsed_s=5000.0))


@pytest.mark.parametrize(
    ("sport", "same"), [("TrailRun", True), ("VirtualRun", True), ("Ride", False), ("Walk", False), (None, True)]
)
def test_sports_must_be_of_one_family_and_unknown_fits_any(sport: str | None, same: bool) -> None:
    assert both_ways(RUN, replace(RUN, sport_type=sport)) == same


def test_an_unknown_distance_needs_the_longer_to_be_covered() -> None:
    nowhere = replace(RUN, distance_m=None)
    assert both_ways(RUN, replace(nowhere, elapsed_s=2880.0))
    assert not both_ways(RUN, replace(nowhere, elapsed_s=2879.0))


def test_a_warm_up_and_the_race_after_it_stay_two() -> None:
    warm_up = replace(RUN, start_s=RUN.start_s - 110, elapsed_s=100.0, distance_m=10_000.0)
    assert not both_ways(warm_up, RUN)


def test_two_commutes_an_hour_apart_stay_two() -> None:
    assert not both_ways(RUN, replace(RUN, start_s=RUN.start_s + 3600))


def test_a_row_without_a_duration_is_covered_when_it_lies_inside() -> None:
    assert both_ways(RUN, replace(RUN, elapsed_s=0.0, start_s=RUN.start_s + 60))
    assert not both_ways(RUN, replace(RUN, elapsed_s=0.0, start_s=RUN.start_s - 60))
