import json
from datetime import date
from typing import Any

import pytest

from apis.activities.analytics.athlete_settings import AthleteSettings, settings_on
from apis.activities.analytics.comparison_report import (
    ComparedActivity,
    Difference,
    report_comparison,
    smallest_detectable_difference_bpm,
)
from apis.activities.analytics.errors import ComparisonRefused
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.athlete import AthleteProfile
from tests.support.runs import run, weather

SETTINGS = settings_on(AthleteProfile(heart_rate_zones_bpm=(0, 140, 160)), None, date(2026, 6, 30))


def compared(name: str, **values: Any) -> ComparedActivity:
    plain: dict[str, Any] = {
        "id": name,
        "name": name,
        "local_date": date(2026, 6, 30),
        "weekday": "Tuesday",
        "sport_type": "Run",
        "moving_time_s": 3600.0,
        "distance_m": 10_000.0,
        "heartrate_bpm": 150.0,
    }
    return ComparedActivity(**{**plain, **values})


def difference(
    settings: AthleteSettings = SETTINGS, *, first: dict[str, Any] | None = None, **second: Any
) -> Difference:
    (found,) = report_comparison(
        [compared("a", **(first or {})), compared("b", **second)], settings
    ).differences_from_first
    return found


@pytest.mark.parametrize(("sem_share", "bpm"), [(0.0125, 5.2), (0.011, 4.6), (0.014, 5.8)])
def test_two_single_runs_at_150_must_differ_by_five_beats(sem_share: float, bpm: float) -> None:
    assert smallest_detectable_difference_bpm(150, sem_share=sem_share) == pytest.approx(bpm, abs=0.05)


@pytest.mark.parametrize(
    ("bpm", "within", "noise"),
    [
        (145.0, True, "within noise"),
        (155.0, True, "within noise"),
        (144.0, False, "beyond noise"),
        (156.0, False, "beyond noise"),
    ],
)
def test_a_smaller_difference_is_noise(bpm: float, within: bool, noise: str) -> None:
    found = difference(heartrate_bpm=bpm)
    assert (found.heartrate_bpm, found.within_noise, found.noise, found.reason) == (bpm - 150, within, noise, None)
    assert found.smallest_detectable_bpm == pytest.approx(1.96 * 2**0.5 * 0.0125 * (bpm + 150) / 2)


def test_activities_of_other_sports_are_shown_and_not_compared() -> None:
    found = difference(sport_type="Ride", heartrate_bpm=120.0)
    assert (found.heartrate_bpm, found.within_noise, found.noise, found.reason) == (None, None, None, "other_sport")
    assert difference(sport_type="Unknown").reason == "other_sport"
    assert difference(sport_type="TrailRun").reason is None


def test_a_missing_heart_rate_is_no_difference_of_150() -> None:
    found = difference(heartrate_bpm=None)
    assert (found.heartrate_bpm, found.within_noise, found.reason) == (None, None, "no_heartrate")
    assert difference(first={"heartrate_bpm": None}).reason == "no_heartrate"


def test_pace_and_temperature_differ_from_the_first() -> None:
    found = difference(first={"temperature_c": 10.0}, moving_time_s=3900.0, temperature_c=24.0)
    assert [found.pace_s_per_km, found.temperature_c] == [pytest.approx(30.0), 14.0]
    assert difference(temperature_c=24.0).temperature_c is None


def test_every_number_stands_in_its_row() -> None:
    full = compared(
        "a",
        workout_type=1,
        grade_adjusted_speed_mps=2.5,
        efficiency_factor=1.2,
        decoupling_percent=3.4,
        temperature_c=12.0,
        dew_point_c=8.0,
        weather_source="station",
        total_elevation_gain_m=50.0,
        histogram={130: 30.0, 150: 60.0, 170: 10.0},
    )
    row, bare = report_comparison([full, compared("b", distance_m=None, heartrate_bpm=None)], SETTINGS).activities
    assert row.model_dump() == {
        "id": "a", "name": "a", "date": "2026-06-30", "weekday": "Tuesday", "sport_type": "Run",
        "workout_type": 1, "distance_m": 10_000.0, "moving_time_s": 3600.0, "average_speed_mps": 2.778,
        "pace_s_per_km": 360.0, "grade_adjusted_pace_s_per_km": 400.0, "average_heartrate_bpm": 150.0,
        "efficiency_factor": 1.2, "decoupling_percent": 3.4, "temperature_c": 12.0, "dew_point_c": 8.0,
        "weather_source": "station", "total_elevation_gain_m": 50.0, "zone_shares": {"1": 0.3, "2": 0.6, "3": 0.1},
    }  # fmt: skip
    assert (bare.weather_source, bare.workout_type) == (None, None)
    assert (bare.average_speed_mps, bare.pace_s_per_km, bare.average_heartrate_bpm, bare.zone_shares) == (None,) * 4


def test_a_ride_has_a_speed_and_no_pace() -> None:
    row = report_comparison([compared("a", sport_type="Ride"), compared("b")], SETTINGS).activities[0]
    assert [row.average_speed_mps, row.pace_s_per_km] == [pytest.approx(2.778, abs=0.001), None]


def test_without_settings_there_are_no_zone_shares_and_the_reason_is_told() -> None:
    report = report_comparison([compared("a", histogram={150: 1.0}), compared("b")], AthleteSettings())
    assert report.activities[0].zone_shares is None
    assert report.zones.usable is False


@pytest.mark.parametrize("names", [("a",), (), tuple("abcdef"), ("a", "a")], ids=["one", "none", "six", "twice"])
def test_two_to_five_different_activities_are_compared(names: tuple[str, ...]) -> None:
    with pytest.raises(ComparisonRefused):
        report_comparison([compared(name) for name in names], SETTINGS)


def test_five_are_each_compared_with_the_first() -> None:
    report = report_comparison([compared(name) for name in "abcde"], SETTINGS)
    assert [each.id for each in report.differences_from_first] == list("bcde")


def test_the_coverage_counts_what_can_be_compared() -> None:
    unknown = compared("c", heartrate_bpm=None)
    report = report_comparison([compared("a", temperature_c=12.0), compared("b"), unknown], SETTINGS)
    assert report.coverage.model_dump() == {"activities": 3, "with_heartrate": 2, "with_weather": 1}


def test_an_activity_is_made_of_what_is_stored_and_of_its_findings() -> None:
    findings = StreamFindings(grade_adjusted_speed_mps=2.9, efficiency_factor=1.2, heartrate_histogram_s={150: 60.0})
    made = ComparedActivity.of(
        run(0, workout_type=1, time_weighted_heartrate=149.0, weather=weather(dew_point_c=9.0)), findings
    )
    assert (made.heartrate_bpm, made.temperature_c, made.dew_point_c) == (149.0, 12.0, 9.0)
    assert (made.weather_source, made.workout_type) == ("strava_export", 1)
    assert (made.grade_adjusted_speed_mps, made.efficiency_factor, made.histogram) == (2.9, 1.2, {150: 60.0})
    assert made.total_elevation_gain_m == 50.0


def test_the_dew_point_is_made_from_humidity_where_the_report_has_none() -> None:
    humid = ComparedActivity.of(run(0, weather=weather(temperature_c=25.0, relative_humidity=0.6)), None)
    assert humid.dew_point_c == pytest.approx(16.70, abs=0.005)
    assert ComparedActivity.of(run(0, weather=weather(relative_humidity=None)), None).dew_point_c is None
    assert ComparedActivity.of(run(0, weather=None), None).dew_point_c is None


def test_no_word_of_the_answer_is_a_verdict() -> None:
    report = report_comparison([compared("a"), compared("b", heartrate_bpm=140.0)], SETTINGS)
    text = json.dumps(report.model_dump(mode="json")).lower()
    assert not [word for word in ("improv", "worsen", "better", "worse", "fitter", "stable") if word in text]
