"""What goes wrong with real files and shows only in the numbers of an activity, from the file to the measurement."""

from dataclasses import replace

import numpy as np
import pytest

from apis.activities.analytics.run_features import run_features
from apis.activities.formats.sniff import read_file
from apis.activities.formats.strava_export import RowRefused
from apis.activities.local_time import local_start
from apis.activities.measurement import Measurement, measure
from apis.activities.merging import merge
from apis.activities.models import ActivityId
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import (
    START,
    Sample,
    Workout,
    export_file,
    export_row,
    fit_file,
    gpx_file,
    steady,
    tcx_file,
)

RUN = steady(seconds=1800)


def recorded(content: bytes) -> RecordedActivity:
    (found,) = read_file(content, name="run")
    assert not isinstance(found, RowRefused)
    return found


def measured(content: bytes) -> Measurement:
    return measure(recorded(content))


@pytest.mark.trap(1)
def test_a_pause_in_a_track_is_not_running() -> None:
    """Ten minutes at 3 m/s, ten minutes in a café, ten minutes at 3 m/s; a GPX shows a pause as a gap only."""
    samples = [each for each in RUN.samples if not 600 < each.at_s < 1200]
    metres = [replace(each, lat=52.5 + 3.0 * min(each.at_s, max(600, each.at_s - 600)) / 111_195) for each in samples]
    found = measured(gpx_file(RUN.with_samples(metres)))
    assert (found.elapsed_s, found.moving_s) == (1800.0, 1200.0)


@pytest.mark.trap(2)
def test_heart_rate_is_averaged_over_time_not_over_samples() -> None:
    """Smart recording: 100 bpm held for 9 s, then 150 bpm in each of three seconds."""
    beats = [(0.0, 100), (9.0, 150), (10.0, 150), (11.0, 150), (12.0, 150)]
    found = measured(fit_file(Workout(tuple(Sample(at, bpm, distance=3.0 * at) for at, bpm in beats))))
    assert found.heart_rate.time_weighted_bpm == pytest.approx((9 * 100 + 3 * 150) / 12)


@pytest.mark.trap(3)
@pytest.mark.trap(4)
@pytest.mark.parametrize("lost", [0, None, 255], ids=["zeros", "nothing", "the invalid value"])
def test_a_strap_that_lost_contact_half_the_time_does_not_halve_the_mean(lost: int | None) -> None:
    samples = [replace(each, heartrate=lost) if each.at_s >= 900 else each for each in RUN.samples]
    found = measured(fit_file(RUN.with_samples(samples)))
    assert found.heart_rate.time_weighted_bpm == 140.0
    assert found.heart_rate.covered_s == 900.0


@pytest.mark.trap(5)
def test_a_heart_rate_that_follows_the_steps_is_noticed_in_the_recording() -> None:
    """170 steps a minute, and from the tenth minute on a heart rate of 170."""
    samples = [replace(each, heartrate=170 if each.at_s >= 600 else 140) for each in RUN.samples]
    found = recorded(fit_file(RUN.with_samples(samples)))
    activity = merge(ActivityId("a"), [measure(found)], home_timezone=None)
    assert run_features(activity, found.streams).cadence_lock_share == pytest.approx(2 / 3)


@pytest.mark.trap(6)
def test_a_spike_is_no_maximum() -> None:
    samples = [replace(each, heartrate=240) if each.at_s == 600 else each for each in RUN.samples]
    found = measured(fit_file(RUN.with_samples(samples)))
    assert (found.heart_rate.max_bpm, found.heart_rate.time_weighted_bpm) == (140.0, 140.0)


@pytest.mark.trap(8)
def test_noise_of_the_altitude_is_no_climb() -> None:
    """0.8 m up and down every second makes 720 m in half an hour, added up."""
    samples = [replace(each, altitude=40.0 + 0.8 * (each.at_s % 2)) for each in RUN.samples]
    rises = np.diff([each.altitude for each in samples])
    assert rises[rises > 0].sum() == pytest.approx(720.0)
    assert measured(gpx_file(RUN.with_samples(samples))).ascent_m == 0.0


@pytest.mark.trap(11)
def test_a_barometer_that_drifts_does_not_outweigh_the_devices_own_climb() -> None:
    samples = [replace(each, altitude=40.0 + each.at_s / 60) for each in RUN.samples]
    found = measured(fit_file(replace(RUN, samples=tuple(samples), ascent=5)))
    assert (found.ascent_m, found.ascent_method) == (5, "device")


@pytest.mark.trap(9)
def test_a_satellite_jump_adds_nothing_to_distance_or_speed() -> None:
    samples = [replace(each, lat=53.5) if each.at_s == 600 else each for each in RUN.samples]
    found = recorded(gpx_file(RUN.with_samples(samples)))
    assert measure(found).distance_m == pytest.approx(5400.0, rel=1e-3)
    assert found.streams is not None
    assert found.streams.speed_mps is not None
    assert np.nanmax(found.streams.speed_mps) == pytest.approx(3.0, rel=1e-2)


@pytest.mark.trap(12)
def test_an_indoor_run_takes_its_zone_from_the_profile() -> None:
    found = measured(tcx_file(steady(seconds=600, lat=None)))
    local = local_start(
        found.start_date, device_offset_s=found.utc_offset_s, zone=found.zone, home_timezone="Europe/Berlin"
    )
    assert (found.zone, local.source, local.at.hour) == (None, "profile", 8)


@pytest.mark.trap(39)
def test_a_row_whose_file_is_missing_is_an_activity_all_the_same() -> None:
    found = measured(export_file([export_row(RUN, Filename="activities/nowhere.fit.gz", Average_Heart_Rate="141")]))
    assert (found.distance_m, found.elapsed_s, found.heart_rate.device_bpm, found.manual) == (
        5400.0,
        1800.0,
        141.0,
        False,
    )


@pytest.mark.trap(39)
def test_a_file_without_a_row_is_an_activity_all_the_same() -> None:
    found = measured(fit_file(RUN))
    assert (found.name, found.distance_m, found.start_date) == (None, 5400.0, START)


@pytest.mark.trap(41)
def test_a_session_without_heart_rate_gets_the_one_of_its_records() -> None:
    found = measured(fit_file(replace(RUN, device_heartrate=None)))
    assert (found.heart_rate.device_bpm, found.heart_rate.time_weighted_bpm) == (None, 140.0)
