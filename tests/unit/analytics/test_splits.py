import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apis.activities.analytics.motion import motion_of
from apis.activities.analytics.splits import MOST_SPLITS, STANDARD_M, splits
from apis.activities.models import Split
from apis.activities.recordings import Streams
from tests.support.recordings import paced, recording

NAN = float("nan")


def splits_of(streams: Streams, *, length_m: float = 1000.0, grade_adjusted: bool = True) -> tuple[Split, ...]:
    motion = motion_of(streams)
    return splits(motion, streams.heartrate_bpm, length_m=length_m, grade_adjusted=grade_adjusted)


def test_a_steady_run_has_even_kilometres_and_a_shorter_last_one() -> None:
    found = splits_of(recording(800))
    assert [each.split for each in found] == [1, 2, 3]
    assert [each.distance for each in found] == [1000.0, 1000.0, 400.0]
    assert [each.elapsed_time for each in found] == [333.333, 333.333, 133.333]
    assert [each.moving_time for each in found] == [333.333, 333.333, 133.333]
    assert [each.average_speed for each in found] == [3.0, 3.0, 3.0]
    assert [each.average_grade_adjusted_speed for each in found] == [3.0, 3.0, 3.0]
    assert [each.average_heartrate for each in found] == [150.0, 150.0, 150.0]
    assert [each.elevation_difference for each in found] == [0.0, 0.0, 0.0]


def test_a_mile_is_1609_metres() -> None:
    assert [each.distance for each in splits_of(recording(800), length_m=STANDARD_M)] == [1609.344, 790.656]


def test_a_rest_of_less_than_ten_metres_belongs_to_the_split_before_it() -> None:
    assert [each.distance for each in splits_of(recording(336))] == [1008.0]
    assert [each.distance for each in splits_of(recording(337))] == [1000.0, 11.0]


def test_the_instant_of_a_boundary_lies_between_two_samples() -> None:
    time_s = np.array([0.0, 300.0, 600.0])
    found = splits_of(Streams(time_s, distance_m=np.array([0.0, 900.0, 1500.0])))
    assert [each.elapsed_time for each in found] == [350.0, 250.0]


def test_a_stop_at_a_boundary_belongs_to_the_split_after_it() -> None:
    time_s, distance = paced((250, 4.0), (60, 0.0), (250, 4.0))
    found = splits_of(Streams(time_s, distance_m=distance))
    assert [(each.elapsed_time, each.moving_time) for each in found] == [(250.0, 250.0), (310.0, 250.0)]


@pytest.mark.parametrize("missing", [NAN, 0.0])
def test_heart_rate_is_weighted_by_time_and_skips_what_is_missing(missing: float) -> None:
    # Nine seconds at 120 while slow, then one sample at 180 that holds for the ten seconds of the gap cap.
    time_s = np.concatenate([np.arange(10.0), [200.0, 203.0]])
    heart = np.concatenate([np.full(9, 120.0), [180.0, missing, 150.0]])
    (found,) = splits_of(Streams(time_s, heartrate_bpm=heart, distance_m=np.linspace(0, 500, 12)))
    assert found.average_heartrate == pytest.approx((9 * 120 + 10 * 180) / 19, abs=5e-4)


def test_without_heart_rate_or_altitude_there_are_nulls_and_without_distance_no_splits() -> None:
    (found,) = splits_of(Streams(np.arange(301.0), distance_m=3 * np.arange(301.0)))
    assert (found.average_heartrate, found.elevation_difference, found.average_grade_adjusted_speed) == (None,) * 3
    assert splits_of(Streams(np.arange(301.0))) == ()
    assert splits_of(Streams(np.arange(301.0), distance_m=np.full(301, 7.0))) == ()


def test_a_climb_shows_in_the_split_it_is_in() -> None:
    time_s, distance = paced((1000, 2.0))
    altitude = 100 + np.maximum(distance - 1000, 0) * 0.05
    flat, steep = splits_of(Streams(time_s, distance_m=distance, altitude_m=altitude))
    assert flat.elevation_difference == pytest.approx(0, abs=0.5)
    assert steep.elevation_difference == pytest.approx(50, abs=1)
    assert flat.average_grade_adjusted_speed == pytest.approx(2.0, rel=0.01)
    assert steep.average_grade_adjusted_speed == pytest.approx(2.0 * 1.3014, rel=0.01)


def test_a_ride_has_no_grade_adjusted_speed() -> None:
    assert [each.average_grade_adjusted_speed for each in splits_of(recording(800), grade_adjusted=False)] == [None] * 3


def test_a_distance_that_counts_on_from_an_earlier_lap_begins_at_its_first_sample() -> None:
    found = splits_of(recording(500, distance_m=5000 + 3.0 * np.arange(501.0)))
    assert [each.distance for each in found] == [1000.0, 500.0]


def test_an_absurd_distance_makes_a_bounded_number_of_splits() -> None:
    found = splits_of(Streams(np.arange(3.0), distance_m=np.array([0.0, 1.0, 5e6])))
    assert len(found) == MOST_SPLITS + 1
    assert sum(each.distance for each in found) == pytest.approx(5e6)


legs = st.lists(st.tuples(st.floats(0.5, 400), st.floats(0, 1200), st.floats(-30, 30)), min_size=1, max_size=40)


@given(legs, st.sampled_from([1000.0, STANDARD_M, 100.0]))
@settings(deadline=None, max_examples=150)
def test_splits_add_up_to_the_whole(rows: list[tuple[float, float, float]], length_m: float) -> None:
    steps, metres, climbs = (np.concatenate(([0.0], np.cumsum(column))) for column in zip(*rows, strict=True))
    streams = Streams(steps, np.full(steps.size, 140.0), distance_m=metres, altitude_m=climbs)
    motion, found = motion_of(streams), splits_of(streams, length_m=length_m)
    assert sum(each.distance for each in found) == pytest.approx(metres[-1], abs=0.001 * len(found))
    if found:
        assert sum(each.elapsed_time for each in found) == pytest.approx(steps[-1], abs=0.001 * len(found))
        assert sum(each.moving_time for each in found) == pytest.approx(motion.moving_s.sum(), abs=0.001 * len(found))
        assert motion.altitude_m is not None
        climbed = sum(each.elevation_difference or 0.0 for each in found)
        assert climbed == pytest.approx(motion.altitude_m[-1] - motion.altitude_m[0], abs=0.001 * len(found))
    assert all(each.elapsed_time >= 0 and 0 <= each.moving_time <= each.elapsed_time + 0.002 for each in found)
