from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from apis.activities.duplicates import Footprint, begins_alike, hour_shifted, same_activity
from apis.activities.measurement import Measurement
from apis.activities.recordings import Streams

RUN = Footprint(start_s=1_000_000.0, elapsed_s=3600.0, distance_m=10_000.0, sport_type="Run")

# 3 m/s for the first half, 2.56 m/s after: at 1000 s the run is 3000 m far.
TRACK = Streams(np.array([0.0, 1800.0, 3600.0]), distance_m=np.array([0.0, 5400.0, 10_000.0]))
CUT = replace(RUN, elapsed_s=1000.0, distance_m=3000.0, partial=True)


def both_ways(one: Footprint, other: Footprint) -> bool:
    verdict = same_activity(one, other)
    assert verdict == same_activity(other, one)
    return verdict


@pytest.mark.trap(28)
@pytest.mark.parametrize(("seconds", "same"), [(0, True), (120, True), (-120, True), (121, False), (-121, False)])
def test_starts_may_differ_by_120_seconds(seconds: float, same: bool) -> None:
    assert both_ways(RUN, replace(RUN, start_s=RUN.start_s + seconds)) == same


@pytest.mark.trap(28)
@pytest.mark.parametrize(("distance", "same"), [(9_500.0, True), (9_499.0, False), (10_526.0, True), (10_527.0, False)])
def test_distances_may_differ_by_5_percent_of_the_longer(distance: float, same: bool) -> None:
    assert both_ways(RUN, replace(RUN, distance_m=distance)) == same


@pytest.mark.trap(28)
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


def shifted(hours: float, seconds: float = 0.0, like: Footprint = RUN) -> bool:
    """Whether the run is a candidate for what is like it, but began so much later; both ways alike."""
    known = replace(RUN, zone_known=True)
    other = replace(like, start_s=RUN.start_s + hours * 3600 + seconds)
    assert hour_shifted(known, other) == hour_shifted(other, known)
    return hour_shifted(known, other)


@pytest.mark.trap(28)
@pytest.mark.parametrize(
    ("hours", "candidate"), [(1, True), (-1, True), (14, True), (-14, True), (15, False), (0, False)]
)
def test_a_shift_by_whole_hours_is_a_candidate_and_no_duplicate(hours: float, candidate: bool) -> None:
    assert shifted(hours) == candidate
    if hours:
        assert not both_ways(RUN, replace(RUN, start_s=RUN.start_s + hours * 3600))


@pytest.mark.parametrize(
    ("seconds", "candidate"), [(120, True), (-120, True), (121, False), (-121, False), (1800, False)]
)
def test_the_rest_of_a_shift_may_be_120_seconds(seconds: float, candidate: bool) -> None:
    assert shifted(2, seconds) == candidate


@pytest.mark.parametrize(
    ("like", "candidate"),
    [
        (replace(RUN, distance_m=9_500.0), True),
        (replace(RUN, distance_m=9_499.0), False),
        (replace(RUN, elapsed_s=5000.0), True),
        (replace(RUN, sport_type="TrailRun"), True),
        (replace(RUN, sport_type="Ride"), False),
    ],
    ids=["5 % shorter", "more than 5 % shorter", "a late stop", "the same family", "another sport"],
)
def test_all_but_the_hours_must_agree(like: Footprint, candidate: bool) -> None:
    assert shifted(1, like=like) == candidate


def test_two_commutes_whose_zones_are_known_are_no_candidates() -> None:
    assert not shifted(1, like=replace(RUN, zone_known=True))


@pytest.mark.parametrize(
    ("offset_s", "zone", "known"),
    [(7200, None, True), (0, None, True), (None, "Europe/Berlin", True), (None, None, False)],
)
def test_a_zone_is_known_by_offset_or_position(offset_s: int | None, zone: str | None, known: bool) -> None:
    measured = Measurement(
        kind="tcx",
        source_name="a",
        source_id="a",
        start_date=datetime(2026, 5, 4, tzinfo=UTC),
        elapsed_s=1.0,
        moving_s=1.0,
        utc_offset_s=offset_s,
        zone=zone,
    )
    assert Footprint.of(measured).zone_known == known


def test_a_row_without_a_duration_is_covered_when_it_lies_inside() -> None:
    assert both_ways(RUN, replace(RUN, elapsed_s=0.0, start_s=RUN.start_s + 60))
    assert not both_ways(RUN, replace(RUN, elapsed_s=0.0, start_s=RUN.start_s - 60))


def test_a_cut_recording_whose_distance_follows_the_whole_one_is_its_beginning() -> None:
    assert begins_alike(CUT, RUN, TRACK)
    assert not both_ways(CUT, RUN)


def test_a_short_recording_that_is_whole_is_an_activity_of_its_own() -> None:
    assert not begins_alike(replace(CUT, partial=False), RUN, TRACK)


@pytest.mark.parametrize(("distance", "same"), [(2850.0, True), (2849.0, False), (3157.0, True), (3158.0, False)])
def test_a_cut_recording_may_be_5_percent_off_the_whole_one_at_its_end(distance: float, same: bool) -> None:
    assert begins_alike(replace(CUT, distance_m=distance), RUN, TRACK) == same


@pytest.mark.parametrize(("distance", "same"), [(10_526.0, True), (10_527.0, False), (100.0, True)])
def test_without_samples_of_the_whole_one_its_distance_is_the_limit(distance: float, same: bool) -> None:
    cut = replace(CUT, distance_m=distance)
    assert begins_alike(cut, RUN, None) == same
    assert begins_alike(cut, RUN, Streams(TRACK.time_s)) == same


def test_an_unknown_distance_does_not_speak_against_a_cut_recording() -> None:
    assert begins_alike(replace(CUT, distance_m=None), RUN, TRACK)
    assert begins_alike(CUT, replace(RUN, distance_m=None), None)


@pytest.mark.parametrize(("seconds", "same"), [(120, True), (-120, True), (121, False), (-121, False)])
def test_a_cut_recording_starts_within_120_seconds_of_the_whole_one(seconds: float, same: bool) -> None:
    assert begins_alike(replace(CUT, start_s=RUN.start_s + seconds), RUN, None) == same


@pytest.mark.parametrize(("elapsed", "same"), [(600.0, True), (599.0, False)])
def test_a_cut_recording_is_covered_to_80_percent_by_the_whole_one(elapsed: float, same: bool) -> None:
    assert begins_alike(replace(CUT, start_s=RUN.start_s - 120, elapsed_s=elapsed), RUN, None) == same


@pytest.mark.parametrize(("elapsed", "same"), [(3600.0, True), (3601.0, False)])
def test_a_cut_recording_is_not_longer_than_the_whole_one(elapsed: float, same: bool) -> None:
    assert begins_alike(replace(CUT, elapsed_s=elapsed), RUN, None) == same


@pytest.mark.parametrize(("sport", "same"), [("TrailRun", True), ("Ride", False), (None, True)])
def test_a_cut_recording_is_of_the_same_family_of_sports(sport: str | None, same: bool) -> None:
    assert begins_alike(replace(CUT, sport_type=sport), RUN, TRACK) == same


def test_a_cut_recording_is_no_beginning_of_a_row_that_somebody_typed() -> None:
    assert not begins_alike(CUT, replace(RUN, manual=True), None)


def test_samples_without_any_distance_after_the_start_are_no_track() -> None:
    nowhere = Streams(TRACK.time_s, distance_m=np.array([0.0, np.nan, np.nan]))
    assert begins_alike(CUT, RUN, nowhere)
