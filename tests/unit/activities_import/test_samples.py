from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apis.activities.formats.samples import Recording, SampleLog, haversine_m, recording_of
from tests.support.activity_files import START


def recording(*samples: tuple[float, Mapping[str, float | None]]) -> Recording:
    log = SampleLog()
    for at_s, values in samples:
        log.add(START + timedelta(seconds=at_s), values)
    found = recording_of(log)
    assert found is not None
    return found


def heart_rates(*bpm: float | None) -> list[float]:
    streams = recording(*((float(at), {"heartrate_bpm": each}) for at, each in enumerate(bpm))).streams
    assert streams.heartrate_bpm is not None
    return [float(each) for each in streams.heartrate_bpm]


@pytest.mark.parametrize(
    ("bpm", "kept"), [(24, False), (25, True), (220, True), (221, False), (0, False), (None, False)]
)
def test_a_heart_rate_nobody_has_is_missing(bpm: float | None, kept: bool) -> None:
    assert np.isfinite(heart_rates(140, bpm)[1]) == kept


def test_a_strap_that_gives_only_zeros_gives_no_heart_rate() -> None:
    assert recording((0, {"heartrate_bpm": 0.0, "lat": 1.0}), (1, {"heartrate_bpm": 0.0})).streams.heartrate_bpm is None


def test_samples_that_time_runs_back_for_are_dropped() -> None:
    streams = recording(*((at, {"altitude_m": at}) for at in (0.0, 1.0, 4.0, 5.0, 3.0, 4.5, 6.0))).streams
    assert streams.time_s.tolist() == [0.0, 1.0, 4.0, 5.0, 6.0]


def test_two_samples_of_one_second_are_joined_and_the_first_value_wins() -> None:
    streams = recording(
        (0, {"heartrate_bpm": 140.0}),
        (1, {"heartrate_bpm": 141.0}),
        (1, {"heartrate_bpm": 150.0, "altitude_m": 12.0}),
        (2, {"heartrate_bpm": 142.0}),
    ).streams
    assert streams.heartrate_bpm is not None
    assert streams.altitude_m is not None
    assert streams.heartrate_bpm.tolist() == [140.0, 141.0, 142.0]
    assert streams.altitude_m[1] == 12.0


def test_no_sample_is_no_recording() -> None:
    assert recording_of(SampleLog()) is None


def test_a_jump_of_the_clock_moves_what_was_before_it() -> None:
    power_on = (datetime(1989, 12, 31, tzinfo=UTC) - START).total_seconds()
    found = recording(*((at, {"heartrate_bpm": 140.0}) for at in (power_on, power_on + 1, 0.0, 1.0)))
    assert found.streams.time_s.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert found.start_at == START - timedelta(seconds=2)


@pytest.mark.parametrize("damage_s", [7.0, 3600.0, 40 * 86_400.0, 10 * 365 * 86_400.0])
def test_one_damaged_time_costs_one_sample(damage_s: float) -> None:
    found = recording(*((at, {"heartrate_bpm": 140.0}) for at in (0.0, 1.0, damage_s, 3.0, 4.0)))
    assert found.streams.time_s.tolist() == [0.0, 1.0, 3.0, 4.0]
    assert found.start_at == START


def test_a_long_tour_of_a_week_is_one_recording() -> None:
    found = recording(*((day * 86_400.0, {"heartrate_bpm": 140.0}) for day in range(8)))
    assert len(found.streams) == 8


def test_speed_follows_distance_where_the_device_gave_none() -> None:
    streams = recording(*((float(at), {"distance_m": 3.0 * at}) for at in range(4))).streams
    assert streams.speed_mps is not None
    assert streams.speed_mps.tolist() == [3.0, 3.0, 3.0, 3.0]


def test_a_devices_own_distance_survives_a_satellite_jump() -> None:
    streams = recording(
        *((float(at), {"distance_m": 3.0 * at, "lat": 52.0 if at != 1 else 10.0, "lon": 13.0}) for at in range(3))
    ).streams
    assert streams.distance_m is not None
    assert streams.lat is not None
    assert streams.distance_m.tolist() == [0.0, 3.0, 6.0]
    assert np.isnan(streams.lat[1])


def test_one_degree_of_latitude_is_111_195_m() -> None:
    """R = 6371008.8 m (analytics.md)."""
    assert haversine_m(np.array([0.0, 1.0]), np.array([0.0, 0.0]))[0] == pytest.approx(111_195.08, abs=0.01)
