from typing import Any

import numpy as np
import pytest

from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.recordings import Streams
from tests.support.runs import run

NAN = float("nan")
TIME = np.arange(2401.0)


def recording(**channels: Any) -> Streams:
    """Forty minutes at 3 m/s and 150 bpm on the flat, one sample a second."""
    plain: dict[str, Any] = {
        "time_s": TIME,
        "heartrate_bpm": np.full(TIME.size, 150.0),
        "distance_m": 3.0 * TIME,
        "speed_mps": np.full(TIME.size, 3.0),
        "altitude_m": np.full(TIME.size, 40.0),
        "cadence_spm": np.full(TIME.size, 86.0),
    }
    return Streams(**{**plain, **channels})


def features(**channels: Any) -> RunFeatures:
    return run_features(run(moving_time=2400.0, distance=7200.0), recording(**channels))


def test_the_first_ten_minutes_do_not_count() -> None:
    found = features(heartrate_bpm=np.where(TIME < 600, 110.0, 150.0))

    assert found.heartrate_bpm == 150.0
    assert found.source == "streams"


def test_a_flat_run_keeps_its_speed_and_a_climb_is_worth_more() -> None:
    assert features().speed_mps == pytest.approx(3.0)
    assert features(altitude_m=0.05 * 3.0 * TIME).speed_mps == pytest.approx(3.0 * 1.3014, rel=0.005)
    assert features().grade_adjusted


def test_without_altitude_the_speed_is_not_grade_adjusted() -> None:
    found = features(altitude_m=None)

    assert found.speed_mps == pytest.approx(3.0)
    assert not found.grade_adjusted


def test_coverage_is_the_share_of_moving_time_with_heart_rate() -> None:
    assert features(heartrate_bpm=np.where(TIME < 1800, 150.0, NAN)).heartrate_coverage == pytest.approx(0.75)
    assert features(heartrate_bpm=np.where(TIME < 1800, 150.0, 0.0)).heartrate_coverage == pytest.approx(0.75)


def test_intervals_vary_and_steady_running_with_gps_noise_does_not() -> None:
    noise = np.random.default_rng(5).normal(0, 0.4, TIME.size)
    intervals = np.where((TIME // 180) % 2 == 0, 4.2, 2.2)

    steady_variation, interval_variation = features(speed_mps=3 + noise), features(speed_mps=intervals)

    assert steady_variation.speed_variation is not None
    assert steady_variation.speed_variation < 0.05
    assert interval_variation.speed_variation == pytest.approx(0.31, abs=0.02)
    assert features(heartrate_bpm=np.where((TIME // 180) % 2 == 0, 175.0, 135.0)).heartrate_variation == pytest.approx(
        0.13, abs=0.01
    )


def test_a_sensor_that_counts_steps_is_noticed_with_cadence_of_one_leg_or_both() -> None:
    locked = np.where(TIME < 1800, 172.5, 150.0)

    assert features(heartrate_bpm=locked).cadence_lock_share == pytest.approx(0.75)
    assert features(heartrate_bpm=locked, cadence_spm=np.full(TIME.size, 172.0)).cadence_lock_share == pytest.approx(
        0.75
    )
    assert features().cadence_lock_share == 0.0


def test_spikes_are_counted_as_out_of_range() -> None:
    spiky = np.where(TIME < 240, 240.0, 150.0)

    assert features(heartrate_bpm=spiky).heartrate_out_of_range_share == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("high", "sustained"),
    [
        pytest.param(TIME < 30, 150.0, id="thirty seconds"),
        pytest.param(TIME < 31, 200.0, id="thirty-one seconds"),
        pytest.param((TIME % 60 == 0) & (TIME < 1800), 150.0, id="thirty seconds here and there"),
        pytest.param(TIME % 60 == 0, 200.0, id="more than thirty seconds here and there"),
    ],
)
def test_a_heart_rate_is_sustained_by_more_than_thirty_seconds_of_it(high: np.ndarray, sustained: float) -> None:
    assert features(heartrate_bpm=np.where(high, 200.0, 150.0)).sustained_max_bpm == sustained


def test_what_was_held_for_half_a_minute_in_all_is_no_maximum() -> None:
    assert features(heartrate_bpm=np.where(TIME < 30, 150.0, NAN)).sustained_max_bpm is None
    assert features(heartrate_bpm=None).sustained_max_bpm is None


def test_features_of_an_earlier_version_know_no_sustained_maximum() -> None:
    earlier = features().model_dump(mode="json", exclude={"sustained_max_bpm"})

    assert RunFeatures.model_validate(earlier).sustained_max_bpm is None


def test_a_run_without_samples_is_taken_by_its_averages() -> None:
    found = run_features(run(), None)

    assert found.model_dump() == {
        "source": "averages",
        "heartrate_bpm": 150.0,
        "speed_mps": pytest.approx(10_000 / 3600),
        "grade_adjusted": False,
        "moving_time_s": 3600.0,
        "heartrate_coverage": None,
        "speed_variation": None,
        "heartrate_variation": None,
        "cadence_lock_share": None,
        "heartrate_out_of_range_share": None,
        "sustained_max_bpm": None,
        "gain_m_per_km": 5.0,
    }


def test_samples_without_distance_fall_back_to_the_average_speed() -> None:
    found = features(distance_m=None, speed_mps=None, altitude_m=None)

    assert found.speed_mps == pytest.approx(3.0)


def test_features_survive_storage() -> None:
    assert RunFeatures.model_validate_json(features().model_dump_json()) == features()
