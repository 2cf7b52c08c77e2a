import numpy as np
import pytest

from apis.activities.analytics.motion import motion_of, pause_s
from apis.activities.recordings import Streams
from tests.support.recordings import recording

NAN = float("nan")


def test_a_steady_run_moves_all_the_time() -> None:
    motion = motion_of(recording(600))
    assert motion.moving_s.sum() == 600
    assert motion.distance_m is not None
    assert motion.distance_m[-1] == 1800


def test_standing_and_pauses_are_not_motion() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 3.0, 303.0, 304.0])
    motion = motion_of(Streams(time_s, speed_mps=np.array([3.0, 0.2, 3.0, 3.0, 3.0, 3.0])))
    assert motion.moving_s.tolist() == [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]


def test_a_pause_is_ten_seconds_or_three_steps_of_a_coarse_recording() -> None:
    assert pause_s(np.arange(100.0)) == 10
    assert pause_s(np.arange(0.0, 1000.0, 20.0)) == 60
    assert pause_s(np.zeros(1)) == 10


def test_distance_grows_evenly_over_samples_without_one_and_never_back() -> None:
    motion = motion_of(Streams(np.arange(6.0), distance_m=np.array([NAN, 3.0, NAN, 9.0, 8.0, 12.0])))
    assert motion.distance_m is not None
    assert motion.distance_m.tolist() == [3.0, 3.0, 6.0, 9.0, 9.0, 12.0]
    assert motion.moving_s.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("distance", [None, np.array([NAN, 5.0, NAN])])
def test_fewer_than_two_distances_are_none(distance: np.ndarray | None) -> None:
    motion = motion_of(Streams(np.arange(3.0), distance_m=distance))
    assert motion.distance_m is None
    assert motion.steps_m() is None
    assert motion.moving_s.tolist() == [1.0, 1.0, 0.0]  # nothing says that the athlete stood


def test_flat_ground_costs_its_own_length_and_a_climb_more() -> None:
    flat, hill = motion_of(recording(1000)), motion_of(recording(1000, altitude_m=0.05 * 3.0 * np.arange(1001.0)))
    assert flat.flat_m is not None
    assert hill.flat_m is not None
    assert flat.flat_m.sum() == pytest.approx(3000)
    assert hill.flat_m.sum() == pytest.approx(1.3014 * 3000, rel=0.005)


def test_altitude_in_few_samples_is_no_altitude() -> None:
    patchy = np.where(np.arange(1001) % 2 == 0, 40.0, NAN)
    assert motion_of(recording(1000, altitude_m=patchy)).altitude_m is None
    mostly = np.where(np.arange(1001) % 10 == 0, NAN, 40.0)
    found = motion_of(recording(1000, altitude_m=mostly)).altitude_m
    assert found is not None
    assert found == pytest.approx(np.full(1001, 40.0))
