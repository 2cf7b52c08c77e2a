import json
from typing import Any

import numpy as np
import polyline
import pytest

from apis.activities.analytics.elevation import elevation_gain
from apis.activities.analytics.stream_findings import StreamFindings, findings_of
from apis.activities.recordings import Streams
from tests.support.recordings import recording

NAN = float("nan")
TIME = np.arange(2401.0)


def found(sport_type: str | None = "Run", **channels: Any) -> StreamFindings:
    return findings_of(recording(2400, **channels), sport_type=sport_type)


def test_a_steady_run_on_the_flat() -> None:
    findings = found()
    assert findings.heartrate_histogram_s == {150: 2400.0}
    assert [each.name for each in findings.best_efforts] == ["400m", "1/2 mile", "1K", "1 mile", "2 mile", "5K"]
    assert [each.distance for each in findings.splits_metric] == [1000.0] * 7 + [200.0]
    assert [each.distance for each in findings.splits_standard] == [1609.344] * 4 + [762.624]
    assert findings.efficiency_factor == 1.2
    assert findings.efficiency_method == "grade_adjusted_speed"
    assert findings.decoupling_percent == pytest.approx(0)
    assert findings.grade_adjusted_speed_mps == 3.0
    assert (findings.elev_low_m, findings.elev_high_m) == (40.0, 40.0)
    assert (findings.start_latlng, findings.end_latlng) == ((48.0, 9.0), (48.064751, 9.0))
    assert findings.missing == {"normalized_power_w": "no power"}


def test_the_outline_is_the_track() -> None:
    line = found().summary_polyline
    assert line is not None
    assert polyline.decode(line) == [(48.0, 9.0), (48.06475, 9.0)]


def test_a_rising_heart_rate_decouples_by_friels_value() -> None:
    heart = np.where(TIME < 1200, 140.0, 147.0)
    assert found(heartrate_bpm=heart).decoupling_percent == 4.762


def test_efficiency_and_decoupling_leave_out_the_stops() -> None:
    stopped = (TIME >= 1000) & (TIME < 1300)
    speed = np.where(stopped, 0.0, 3.0)
    distance = np.concatenate(([0.0], np.cumsum(speed[:-1])))
    heart = np.where(stopped, 90.0, 150.0)
    findings = found(speed_mps=speed, distance_m=distance, heartrate_bpm=heart)
    assert findings.efficiency_factor == 1.2
    assert findings.decoupling_percent == pytest.approx(0)
    assert findings.grade_adjusted_speed_mps == 3.0


def test_uphill_is_worth_more_than_its_speed() -> None:
    findings = found(altitude_m=0.05 * 3.0 * TIME)
    assert findings.grade_adjusted_speed_mps == pytest.approx(3.0 * 1.3014, rel=0.005)
    assert findings.efficiency_factor == pytest.approx(1.2 * 1.3014, rel=0.005)
    assert findings.elev_high_m == pytest.approx(360, abs=1)


def test_a_run_without_altitude_is_efficient_by_its_speed() -> None:
    findings = found(altitude_m=None)
    assert (findings.efficiency_factor, findings.efficiency_method) == (1.2, "speed")
    assert findings.grade_adjusted_speed_mps is None
    assert findings.missing["grade_adjusted_speed_mps"] == "no altitude"
    assert findings.missing["elev_high_m"] == "no altitude"


def test_a_ride_with_power_is_efficient_by_its_power_and_has_no_best_efforts() -> None:
    findings = found("Ride", power_w=np.full(2401, 210.0))
    assert (findings.normalized_power_w, findings.work_kj) == (210.0, 504.0)
    assert (findings.efficiency_factor, findings.efficiency_method) == (1.4, "normalized_power")
    assert findings.decoupling_percent == pytest.approx(0)
    assert findings.best_efforts == ()
    assert len(findings.splits_metric) == 8
    assert {each.average_grade_adjusted_speed for each in findings.splits_metric} == {None}
    assert findings.grade_adjusted_speed_mps is None
    assert findings.missing == {"grade_adjusted_speed_mps": "not a run"}


@pytest.mark.parametrize(
    ("sport_type", "power"),
    [("Ride", None), ("Rowing", np.full(2401, 210.0)), ("Unknown", None), (None, np.full(2401, 210.0))],
    ids=["a ride without power", "rowing with power", "unknown", "not said"],
)
def test_other_sports_have_no_efficiency(sport_type: str | None, power: np.ndarray | None) -> None:
    findings = found(sport_type, power_w=power)
    assert (findings.efficiency_factor, findings.decoupling_percent) == (None, None)
    assert findings.missing["efficiency_factor"] == "neither a run nor a ride with power"
    assert findings.missing["decoupling_percent"] == "neither a run nor a ride with power"


def test_a_first_half_without_power_has_no_decoupling() -> None:
    findings = found("Ride", power_w=np.where(TIME < 1200, 0.0, 210.0))
    assert findings.decoupling_percent is None
    assert findings.efficiency_factor is not None


@pytest.mark.parametrize("heart", [None, np.full(2401, NAN), np.zeros(2401)], ids=["no channel", "null", "zero"])
@pytest.mark.parametrize("sport_type", ["Run", "Ride"])
def test_without_a_heart_rate_what_needs_it_is_null(heart: np.ndarray | None, sport_type: str) -> None:
    findings = found(sport_type, heartrate_bpm=heart, power_w=np.full(2401, 210.0))
    assert findings.heartrate_histogram_s is None
    assert (findings.efficiency_factor, findings.decoupling_percent) == (None, None)
    reasons = {findings.missing[name] for name in ("heartrate_histogram_s", "efficiency_factor", "decoupling_percent")}
    assert reasons == {"no heart rate"}


def test_a_short_run_has_an_efficiency_but_no_decoupling() -> None:
    findings = findings_of(recording(1199), sport_type="Run")
    assert findings.efficiency_factor == 1.2
    assert findings.decoupling_percent is None
    assert findings.missing["decoupling_percent"] == "less than 20 min of output with heart rate"


def test_half_a_minute_of_power_is_needed() -> None:
    findings = findings_of(recording(29, power_w=np.full(30, 200.0)), sport_type="Ride")
    assert (findings.normalized_power_w, findings.work_kj) == (None, 5.8)
    assert findings.missing["normalized_power_w"] == "less than 30 s of power"
    assert findings.missing["efficiency_factor"] == "less than 30 s of power"


def test_an_indoor_run_has_neither_distance_nor_track() -> None:
    findings = found(distance_m=None, speed_mps=None, lat=None, lon=None)
    assert (findings.best_efforts, findings.splits_metric, findings.splits_standard) == ((), (), ())
    assert (findings.start_latlng, findings.summary_polyline) == (None, None)
    assert findings.missing["splits_metric"] == "no distance"
    assert findings.missing["efficiency_factor"] == "no distance"
    assert findings.missing["grade_adjusted_speed_mps"] == "no distance"


def test_the_track_begins_at_the_first_known_position() -> None:
    lat = np.where(TIME < 5, NAN, 48.0 + TIME * 1e-5)
    assert found(lat=lat).start_latlng == (48.00005, 9.0)
    assert found(lat=np.full(2401, NAN)).start_latlng is None


def test_one_sample_and_none_are_no_error() -> None:
    alone = Streams(np.zeros(1), np.array([150.0]), np.zeros(1), np.zeros(1), np.array([40.0]), lat=np.zeros(1))
    assert findings_of(alone, sport_type="Run").splits_metric == ()
    assert findings_of(Streams(np.zeros(0)), sport_type="Run") == StreamFindings()


def test_findings_survive_json_and_are_compact() -> None:
    findings = findings_of(recording(14_000), sport_type="Run")  # 42 km
    document = json.loads(findings.model_dump_json(exclude_defaults=True))
    assert StreamFindings.model_validate(document) == findings
    assert len(json.dumps(document, separators=(",", ":"))) < 18_000
    assert document["heartrate_histogram_s"] == {"150": 14_000.0}


def noisy(seconds: int) -> Streams:
    chance = np.random.default_rng(1)
    time_s = np.arange(seconds + 1.0)
    speed = np.clip(chance.normal(3, 0.3, time_s.size), 0, None)
    heading = np.cumsum(chance.normal(0, 0.05, time_s.size))
    return recording(
        seconds,
        heartrate_bpm=np.round(chance.normal(150, 8, time_s.size)),
        distance_m=np.concatenate(([0.0], np.cumsum(speed[:-1]))),
        speed_mps=speed,
        altitude_m=300 + 30 * np.sin(time_s / 300) + chance.normal(0, 0.3, time_s.size),
        power_w=chance.uniform(0, 400, time_s.size),
        lat=48 + np.cumsum(speed * np.cos(heading)) / 111_195,
        lon=9 + np.cumsum(speed * np.sin(heading)) / 74_000,
    )


def test_splits_and_totals_agree_with_what_other_modules_say() -> None:
    streams = noisy(3600)
    findings = findings_of(streams, sport_type="Run")
    assert streams.distance_m is not None
    assert streams.altitude_m is not None
    for splits in (findings.splits_metric, findings.splits_standard):
        assert sum(each.distance for each in splits) == pytest.approx(streams.distance_m[-1], abs=0.05)
        assert sum(each.elapsed_time for each in splits) == pytest.approx(3600, abs=0.05)
    assert sum((findings.heartrate_histogram_s or {}).values()) == pytest.approx(3600)
    climbed = elevation_gain(streams.time_s, streams.altitude_m).gain_m
    assert climbed is not None
    assert findings.elev_high_m is not None
    assert findings.elev_low_m is not None
    assert findings.elev_high_m - findings.elev_low_m <= climbed
