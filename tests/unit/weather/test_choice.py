"""Which weather an activity has, whatever arrived first."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.assembly import assemble, with_edits, with_looked_up
from apis.activities.measurement import Measurement
from apis.activities.models import ActivityId, Weather
from apis.activities.stored import ActivityEdits, StoredActivity
from apis.activities.weather.choice import wanted_of
from apis.activities.weather.places import LookedUp, Wanted

START = datetime(2026, 5, 4, 6, 30, 20, tzinfo=UTC)
HALF_OVER = START + timedelta(minutes=30)
WANTED = Wanted(lat=52.5, lon=13.4, at=datetime(2026, 5, 4, 7, 0, tzinfo=UTC))
REANALYSIS = Weather(temperature_c=11.0, wind_speed_mps=3.0, observed_at=WANTED.at, source="reanalysis")
FOUND = LookedUp(wanted=WANTED, weather=REANALYSIS)


def measured(kind: str = "fit", **values: Any) -> Measurement:
    plain: dict[str, Any] = {
        "kind": kind,
        "source_name": f"run.{kind}",
        "source_id": kind,
        "start_date": START,
        "sport_type": "Run",
        "distance_m": 10_000.0,
        "elapsed_s": 3600.0,
        "moving_s": 3600.0,
        "samples": 3600,
        "place": (52.5, 13.4),
        "average_temperature_c": 24.0,
    }
    return Measurement(**{**plain, **values})


def export_row(**values: Any) -> Measurement:
    return measured("strava_csv", **{"samples": 0, "place": None, **values})


def report(minutes: float | None, temperature_c: float, source: str = "station") -> Weather:
    observed = None if minutes is None else HALF_OVER + timedelta(minutes=minutes)
    return Weather(temperature_c=temperature_c, observed_at=observed, source=source)


def no_samples() -> None:
    """These activities have none."""


def put_together(*sources: Measurement, looked_up: LookedUp | None = None, **edits: Any) -> StoredActivity:
    return assemble(
        ActivityId("a1"),
        sources,
        {},
        home_timezone=None,
        looked_up=[looked_up],
        edits=ActivityEdits(**edits),
    )


def temperature_of(*sources: Measurement, looked_up: LookedUp | None = None, **edits: Any) -> float | None:
    weather = put_together(*sources, looked_up=looked_up, **edits).activity.weather
    return None if weather is None else weather.temperature_c


def test_the_report_nearest_to_the_middle_of_the_run_is_its_weather_in_any_order() -> None:
    sources = [
        measured("fit", weather=report(-50, 9.0)),
        measured("gpx", weather=report(20, 12.0)),
        export_row(weather=report(-30, 10.0, "strava_export")),
    ]
    assert {temperature_of(*order) for order in itertools.permutations(sources)} == {12.0}


def test_of_two_equally_near_the_export_is_taken() -> None:
    sources = [measured("fit", weather=report(15, 9.0)), export_row(weather=report(-15, 10.0, "strava_export"))]
    assert {temperature_of(*order) for order in itertools.permutations(sources)} == {10.0}


def test_a_report_without_a_time_comes_after_one_with_a_time() -> None:
    untimed = export_row(weather=report(None, 10.0, "strava_export"))
    assert temperature_of(measured("fit", weather=report(300, 9.0)), untimed) == 9.0
    assert temperature_of(measured("fit"), untimed) == 10.0


def test_what_was_measured_comes_before_a_reanalysis_and_that_before_the_sensor() -> None:
    assert temperature_of(export_row(weather=report(0, 10.0, "strava_export")), measured(), looked_up=FOUND) == 10.0
    assert temperature_of(measured(), looked_up=FOUND) == 11.0
    assert temperature_of(measured()) == 24.0


def test_a_report_without_a_temperature_does_not_stop_the_asking_and_comes_before_the_sensor() -> None:
    rain = Weather(condition="rain", observed_at=HALF_OVER, source="station")
    stored = put_together(measured(weather=rain))
    assert stored.activity.weather == rain
    assert wanted_of(stored.activity, stored.measurements) == WANTED
    assert temperature_of(measured(weather=rain), looked_up=FOUND) == 11.0
    later = export_row(weather=report(200, 10.0, "strava_export"))
    assert temperature_of(measured(weather=rain), later) == 10.0


def test_the_sensor_of_the_device_is_flagged_and_decides_about_temperature_alone() -> None:
    weather = put_together(measured()).activity.weather
    assert weather == Weather(temperature_c=24.0, source="device_sensor")
    assert WeatherBands().bands_of(weather) == ("warm",)


@pytest.mark.parametrize(
    "source",
    [
        measured(trainer=True),
        measured(place=None),
        measured(sport_type="VirtualRide"),
        measured(sport_type="Swim"),
        measured(average_temperature_c=None),
        export_row(manual=True, place=(52.5, 13.4)),
    ],
    ids=["on a trainer", "no position", "virtual", "under water", "no sensor", "typed in"],
)
def test_the_sensor_is_no_weather_where_it_cannot_be(source: Measurement) -> None:
    assert temperature_of(source) is None


def test_zero_degrees_is_a_temperature() -> None:
    assert temperature_of(measured(average_temperature_c=0.0)) == 0.0


def test_there_is_no_weather_on_a_trainer_whoever_reports_it() -> None:
    sources = [measured(trainer=True), export_row(weather=report(0, 10.0, "strava_export"))]
    assert temperature_of(*sources, looked_up=FOUND) is None


def test_an_athlete_who_says_that_it_was_indoors_takes_the_weather_away_and_brings_it_back() -> None:
    sources = [measured(), export_row(weather=report(0, 10.0, "strava_export"))]
    assert temperature_of(*sources, trainer=True) is None
    assert temperature_of(*sources, sport_type="VirtualRun") is None
    outdoors = with_edits(
        put_together(*sources, trainer=True), ActivityEdits(trainer=None), no_samples, home_timezone=None
    )
    assert outdoors.activity.weather is not None


def test_a_run_outdoors_without_a_report_wants_the_weather_of_its_square_when_it_was_half_over() -> None:
    stored = put_together(measured())
    assert wanted_of(stored.activity, stored.measurements) == WANTED


def test_the_place_is_that_of_the_best_source_that_has_one() -> None:
    stored = put_together(measured("gpx", place=(48.1, 11.6)), measured("fit", place=None), export_row())
    wanted = wanted_of(stored.activity, stored.measurements)
    assert wanted is not None
    assert (wanted.lat, wanted.lon) == (48.1, 11.6)


@pytest.mark.parametrize(
    "sources",
    [
        [measured(trainer=True)],
        [measured(place=None)],
        [measured(sport_type="VirtualRide")],
        [export_row()],
        [export_row(manual=True, place=(52.5, 13.4))],
        [measured(weather=report(-90, 9.0))],
        [measured(), export_row(weather=report(0, 10.0, "strava_export"))],
    ],
    ids=["on a trainer", "no position", "virtual", "a row alone", "typed in", "a station's report", "the export's"],
)
def test_nothing_is_wanted_where_there_is_weather_or_no_place(sources: list[Measurement]) -> None:
    stored = put_together(*sources)
    assert wanted_of(stored.activity, stored.measurements) is None


def test_the_sensors_temperature_does_not_stop_the_asking() -> None:
    stored = put_together(measured())
    assert stored.activity.weather is not None
    assert wanted_of(stored.activity, stored.measurements) is not None


def test_an_answer_stays_when_the_athlete_changes_a_word() -> None:
    stored = with_looked_up(put_together(measured()), FOUND, home_timezone=None)
    renamed = with_edits(stored, ActivityEdits(name="Lake"), no_samples, home_timezone=None)
    assert (renamed.looked_up, renamed.activity.weather) == (FOUND, REANALYSIS)


def test_an_answer_about_another_square_is_not_the_weather() -> None:
    elsewhere = LookedUp(wanted=Wanted(lat=48.1, lon=11.6, at=WANTED.at), weather=REANALYSIS)
    stored = put_together(measured(), looked_up=elsewhere)
    assert (stored.looked_up, stored.activity.weather) == (None, Weather(temperature_c=24.0, source="device_sensor"))
