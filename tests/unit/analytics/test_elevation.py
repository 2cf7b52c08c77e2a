import numpy as np
import pytest

from apis.activities.analytics.elevation import centred_moving_mean, climbs_with_hysteresis, elevation_gain

NAN = float("nan")


def test_barometer_noise_on_the_flat_is_no_climb() -> None:
    noise = np.random.default_rng(1).normal(0, 0.5, 3600)

    raw = np.diff(noise).clip(min=0).sum()
    found = elevation_gain(np.arange(3600.0), 40 + noise)

    assert raw > 900
    assert found.gain_m is not None
    assert found.gain_m < 5


def test_a_hill_of_a_hundred_metres_reads_within_three_percent() -> None:
    time_s = np.arange(2001.0)
    hill = 100 * np.sin(np.pi * time_s / 2000)

    found = elevation_gain(time_s, hill + np.random.default_rng(2).normal(0, 0.3, time_s.size))

    assert found.gain_m == pytest.approx(100, rel=0.03)
    assert found.loss_m == pytest.approx(100, rel=0.03)
    assert found.method == "moving mean over 15 s, hysteresis 1 m"


def test_the_moving_mean_counts_seconds_not_samples() -> None:
    smooth = centred_moving_mean(np.array([0.0, 1.0, 2.0, 60.0]), np.array([0.0, 3.0, 6.0, 100.0]), width=15.0)

    assert smooth.tolist() == [3.0, 3.0, 3.0, 100.0]


def test_the_reference_moves_only_on_changes_of_a_metre() -> None:
    assert climbs_with_hysteresis(np.array([0.0, 0.9, 0.0, 1.0, 0.2, 3.0, 1.5]), step_m=1.0) == (3.0, 1.5)


def test_missing_altitude_is_not_sea_level() -> None:
    found = elevation_gain(np.arange(6.0), np.array([500.0, NAN, 500.0, NAN, 500.0, 500.0]))

    assert found.gain_m == 0.0


def test_no_altitude_gives_no_gain_and_says_so() -> None:
    found = elevation_gain(np.arange(3.0), np.full(3, NAN))

    assert found.gain_m is None
    assert found.method == "none: no altitude samples"


def test_coarse_samples_are_called_an_estimate() -> None:
    found = elevation_gain(np.arange(0, 100, 6.0), np.linspace(0, 50, 17))

    assert found.method.endswith("estimate from coarse samples")
