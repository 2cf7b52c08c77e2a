"""Weather that a watch received: `weather_conditions` of the FIT profile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fitdecode import profile

from apis.activities.formats.fit import read_fit
from apis.activities.formats.fit_weather import CONDITIONS
from apis.activities.models import Weather
from tests.support.activity_files import START, TREADMILL, fit_file, steady
from tests.support.fit_encoder import FitMessage, fit_time

RUN = steady(seconds=1800)
CURRENT, HOURLY_FORECAST = 0, 1
RAIN, WINDY = 3, 5


def report(
    after_start_s: float = 900.0,
    *,
    kind: int | None = CURRENT,
    condition: int | None = RAIN,
    temperature: int | None = 18,
    humidity: int | None = 63,
    received_after_s: float | None = None,
    place: tuple[float, float] | None = None,
) -> FitMessage:
    at = fit_time(START + timedelta(seconds=after_start_s))
    received = at if received_after_s is None else fit_time(START + timedelta(seconds=received_after_s))
    lat, lon = (None, None) if place is None else (round(each * 2**31 / 180) for each in place)
    return 128, [
        (253, "u32", received),
        (0, "enum", kind),
        (1, "s8", temperature),
        (2, "enum", condition),
        (3, "u16", 225),
        (4, "u16", 4400),
        (6, "s8", 16),
        (7, "u8", humidity),
        (9, "u32", at),
        (10, "s32", lat),
        (11, "s32", lon),
    ]


def weather(*reports: FitMessage, workout: object = RUN) -> Weather | None:
    (activity,) = read_fit(fit_file(workout, messages=reports), source_name="a", source_id="a")  # type: ignore[arg-type]
    return activity.weather


def test_a_report_is_read_in_si_units_as_one_of_a_station() -> None:
    found = weather(report())
    assert found is not None
    assert (found.temperature_c, found.apparent_temperature_c, found.relative_humidity) == (18, 16, 0.63)
    assert (found.wind_speed_mps, found.wind_bearing_deg) == (4.4, 225)
    assert (found.condition, found.source) == ("rain", "station")
    assert found.observed_at == START + timedelta(minutes=15)
    assert (found.precipitation_mm_per_h, found.condition_code) == (None, None)


def test_the_report_nearest_to_the_middle_of_the_activity_counts() -> None:
    found = weather(report(-600, temperature=10), report(840, temperature=12), report(1800, temperature=14))
    assert found is not None
    assert found.temperature_c == 12


def test_a_report_counts_from_when_it_was_observed_not_received() -> None:
    found = weather(report(-7200, temperature=10, received_after_s=900), report(1800, temperature=14))
    assert found is not None
    assert found.temperature_c == 14


def test_a_forecast_is_no_weather() -> None:
    assert weather(report(kind=HOURLY_FORECAST)) is None


@pytest.mark.parametrize(("after_middle_s", "kept"), [(3 * 3600, True), (3 * 3600 + 1, False), (-3 * 3600 - 1, False)])
def test_a_report_of_another_time_of_day_is_none_of_the_activity(after_middle_s: float, kept: bool) -> None:
    assert (weather(report(900 + after_middle_s)) is not None) == kept


def test_the_distance_of_the_station_is_told() -> None:
    """A tenth of a degree north of the run's middle; one degree is 111 195 m."""
    found = weather(report(place=(52.6, 13.4)))
    assert found is not None
    assert found.station_distance_m == pytest.approx(11_119.5 - 2700, abs=5)


@pytest.mark.trap(12)
def test_a_run_on_a_treadmill_has_no_weather() -> None:
    assert weather(report(), workout=replace(RUN, sub_sport=TREADMILL)) is None


@pytest.mark.trap(7)
def test_the_watchs_own_thermometer_is_no_weather() -> None:
    (activity,) = read_fit(fit_file(RUN), source_name="a", source_id="a")
    assert activity.weather is None
    assert activity.streams is not None
    assert activity.streams.temperature_c is not None


def test_a_report_that_says_neither_temperature_nor_condition_is_none() -> None:
    assert weather(report(temperature=None, condition=WINDY)) is None


def test_a_humidity_beyond_100_percent_is_missing() -> None:
    found = weather(report(humidity=130))
    assert found is not None
    assert found.relative_humidity is None


def test_every_word_of_the_fit_profile_but_windy_is_a_condition() -> None:
    known = profile.MESSAGE_TYPES[128].fields[2].type.enum.values()
    assert set(known) - set(CONDITIONS) == {"windy"}
