"""Values of samples; their clock is in test_clock, place and distance in test_track."""

import numpy as np
import pytest

from apis.activities.formats.samples import SampleLog, recording_of
from tests.support.sample_logs import recording


def channel(name: str, *values: float | None, **how: bool) -> list[float]:
    streams = recording(*((float(at), {name: each}) for at, each in enumerate(values)), **how).streams
    found = getattr(streams, name)
    assert found is not None
    return [float(each) for each in found]


@pytest.mark.trap(6)
@pytest.mark.parametrize(
    ("bpm", "kept"), [(24, False), (25, True), (220, True), (221, False), (0, False), (None, False)]
)
def test_a_heart_rate_nobody_has_is_missing(bpm: float | None, kept: bool) -> None:
    assert np.isfinite(channel("heartrate_bpm", 140, bpm)[1]) == kept


@pytest.mark.trap(3)
def test_a_strap_that_gives_only_zeros_gives_no_heart_rate() -> None:
    assert recording((0, {"heartrate_bpm": 0.0, "lat": 1.0}), (1, {"heartrate_bpm": 0.0})).streams.heartrate_bpm is None


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("speed_mps", 60.0, 60.1),
        ("speed_mps", 0.0, -0.1),
        ("altitude_m", -1000.0, -1000.1),
        ("altitude_m", 10_000.0, 10_000.1),
        ("cadence_spm", 254.0, 255.0),
        ("temperature_c", -60.0, -61.0),
        ("power_w", 4000.0, 4001.0),
        ("lat", 90.0, 90.1),
        ("distance_m", 0.0, -1.0),
    ],
)
def test_a_value_no_sensor_can_have_is_missing(name: str, good: float, bad: float) -> None:
    found = channel(name, good, bad)
    assert found[0] == good
    assert np.isnan(found[1])


@pytest.mark.trap(10)
def test_missing_is_not_zero_in_any_channel() -> None:
    assert recording((0, {"heartrate_bpm": 140.0}), (1, {"heartrate_bpm": 141.0})).streams.channels().keys() == {
        "time_s",
        "heartrate_bpm",
    }


@pytest.mark.trap(37)
@pytest.mark.parametrize(("steps", "one_leg"), [(170.0, 85.0), (120.1, 60.05), (120.0, 120.0), (85.0, 85.0)])
def test_steps_of_both_legs_of_a_run_are_halved(steps: float, one_leg: float) -> None:
    assert channel("cadence_spm", steps, steps, 0.0, running=True) == [one_leg, one_leg, 0.0]


@pytest.mark.trap(37)
def test_a_cadence_of_cycling_is_never_halved() -> None:
    assert channel("cadence_spm", 130.0, 130.0) == [130.0, 130.0]


def test_no_sample_is_no_recording() -> None:
    assert recording_of(SampleLog().samples()) is None
