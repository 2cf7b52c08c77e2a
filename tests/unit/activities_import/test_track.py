import numpy as np
import pytest

from apis.activities.recordings import FloatArray
from tests.support.sample_logs import recording

NORTH_DEG_PER_M = 1 / 111_195.08


def latitudes(*metres: float, step_s: float = 1.0) -> FloatArray:
    """Latitude, as metres north of 52°, of samples that are that far north of it."""
    points = [
        (step_s * at, {"lat": 52.0 + each * NORTH_DEG_PER_M, "lon": 13.0, "heartrate_bpm": 140.0})
        for at, each in enumerate(metres)
    ]
    lat = recording(*points).streams.lat
    assert lat is not None
    return (lat - 52.0) / NORTH_DEG_PER_M


def distances(*metres: float) -> FloatArray:
    found = recording(*((float(at), {"distance_m": each}) for at, each in enumerate(metres))).streams.distance_m
    assert found is not None
    return found


@pytest.mark.trap(9)
def test_a_satellite_jump_is_blanked_and_the_rest_stays() -> None:
    assert np.isnan(latitudes(0, 3, 100_000, 9, 12)).tolist() == [False, False, True, False, False]


@pytest.mark.trap(9)
@pytest.mark.parametrize(("metres", "lost"), [(59.0, False), (61.0, True)])
def test_nobody_travels_faster_than_60_metres_a_second(metres: float, lost: bool) -> None:
    assert np.isnan(latitudes(*([0.0] * 12), metres, 0.0, 0.0)[12]) == lost


@pytest.mark.trap(9)
def test_a_first_fix_that_is_still_in_another_town_does_not_cost_the_run() -> None:
    found = latitudes(200_000, 200_000, *(3.0 * at for at in range(30)))
    assert np.isnan(found).tolist() == [True, True, *[False] * 30]


def test_a_place_that_was_right_for_longer_than_a_first_fix_is_not_given_up() -> None:
    found = latitudes(*(3.0 * at for at in range(12)), *([200_000.0] * 30))
    assert np.isnan(found).tolist() == [*[False] * 12, *[True] * 30]


@pytest.mark.trap(12)
def test_a_receiver_without_a_fix_is_nowhere_and_not_in_the_gulf_of_guinea() -> None:
    streams = recording(*((float(at), {"lat": 0.0, "lon": 0.0, "heartrate_bpm": 140.0}) for at in range(5))).streams
    assert (streams.lat, streams.lon, streams.distance_m) == (None, None, None)


@pytest.mark.trap(9)
def test_a_devices_own_distance_survives_a_satellite_jump() -> None:
    streams = recording(
        *((float(at), {"distance_m": 3.0 * at, "lat": 52.0 if at != 1 else 10.0, "lon": 13.0}) for at in range(3))
    ).streams
    assert streams.distance_m is not None
    assert streams.lat is not None
    assert streams.distance_m.tolist() == [0.0, 3.0, 6.0]
    assert np.isnan(streams.lat[1])


def test_a_damaged_distance_is_blanked() -> None:
    assert np.isnan(distances(0, 3, 2_000_000, 9, 12)).tolist() == [False, False, True, False, False]


def test_speed_follows_distance_where_the_device_gave_none() -> None:
    streams = recording(*((float(at), {"distance_m": 3.0 * at}) for at in range(4))).streams
    assert streams.speed_mps is not None
    assert streams.speed_mps.tolist() == [3.0, 3.0, 3.0, 3.0]
