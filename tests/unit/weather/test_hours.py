"""The weather at one minute, from hourly values."""

from datetime import UTC, datetime, timedelta

import pytest

from apis.activities.models import Weather, WeatherCondition
from apis.activities.weather.hours import COLUMNS, HourlyWeather

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
THREE_HOURS = {
    "temperature_c": (10.0, 12.0, 15.0),
    "apparent_temperature_c": (8.0, 11.0, 14.0),
    "dew_point_c": (5.0, 6.0, 7.0),
    "relative_humidity": (0.71, 0.66, 0.6),
    "wind_speed_mps": (2.0, 4.0, 6.0),
    "wind_gust_mps": (5.0, 7.0, 9.0),
    "wind_bearing_deg": (350.0, 10.0, 30.0),
    "precipitation_mm_per_h": (0.0, 0.3, 1.2),
    "pressure_hpa": (1010.0, 1011.0, 1012.0),
    "cloud_cover": (0.1, 0.5, 0.9),
    "is_day": (0.0, 1.0, 1.0),
}
WORDS: tuple[WeatherCondition, ...] = ("cloudy", "drizzle", "rain")


def hours(**columns: tuple[float | None, ...]) -> HourlyWeather:
    return HourlyWeather(start_at=MIDNIGHT, columns={**THREE_HOURS, **columns}, conditions=WORDS, final=True)


def at(minute: float, **columns: tuple[float | None, ...]) -> Weather:
    found = hours(**columns).at(MIDNIGHT + timedelta(minutes=minute))
    assert found is not None
    return found


def test_every_field_of_a_minute_between_two_hours() -> None:
    assert at(75) == Weather(
        temperature_c=12.8,  # 12 and 15, a quarter of the way, to a tenth
        apparent_temperature_c=11.8,
        dew_point_c=6.2,
        relative_humidity=0.645,
        wind_speed_mps=4.5,
        wind_gust_mps=9.0,
        wind_bearing_deg=10.0,
        precipitation_mm_per_h=1.2,
        pressure_hpa=1011.2,
        cloud_cover=0.6,
        condition="rain",
        is_day=True,
        observed_at=MIDNIGHT + timedelta(minutes=75),
        source="reanalysis",
    )


def test_every_column_is_a_field_of_weather() -> None:
    assert set(COLUMNS) == set(THREE_HOURS)
    assert set(COLUMNS) <= set(Weather.model_fields)


def test_on_the_full_hour_its_own_values_hold_and_the_rain_of_the_hour_that_begins() -> None:
    found = at(60)
    assert (found.temperature_c, found.wind_bearing_deg, found.is_day) == (12.0, 10.0, True)
    assert (found.precipitation_mm_per_h, found.wind_gust_mps, found.condition) == (1.2, 9.0, "rain")


@pytest.mark.parametrize(("minute", "bearing", "is_day"), [(29, 350.0, False), (30, 10.0, True)])
def test_direction_and_daylight_are_those_of_the_nearest_hour(minute: float, bearing: float, *, is_day: bool) -> None:
    """350° and 10° are never averaged to 180°."""
    found = at(minute)
    assert (found.wind_bearing_deg, found.is_day) == (bearing, is_day)


def test_one_missing_neighbour_leaves_the_value_to_the_other() -> None:
    assert at(75, temperature_c=(10.0, 12.0, None)).temperature_c == 12.0
    assert at(75, temperature_c=(10.0, None, 15.0)).temperature_c == 15.0


def test_a_missing_value_is_none_and_never_zero() -> None:
    found = at(75, precipitation_mm_per_h=(0.0, 0.0, None), is_day=(None,) * 3)
    assert (found.precipitation_mm_per_h, found.is_day) == (None, None)


def test_a_column_that_is_not_there_is_missing() -> None:
    without = HourlyWeather(start_at=MIDNIGHT, columns={"temperature_c": (1.0, 2.0)}, final=True)
    found = without.at(MIDNIGHT + timedelta(minutes=30))
    assert found is not None
    assert (found.temperature_c, found.wind_speed_mps, found.condition) == (1.5, None, None)


def test_without_a_temperature_there_is_no_weather() -> None:
    assert hours(temperature_c=(10.0, None, None)).at(MIDNIGHT + timedelta(minutes=75)) is None


@pytest.mark.parametrize("minutes", [-61, 181], ids=["before", "after"])
def test_outside_the_hours_there_is_no_weather(minutes: float) -> None:
    assert hours().at(MIDNIGHT + timedelta(minutes=minutes)) is None


def test_after_the_last_hour_its_temperature_holds_but_the_rain_is_unknown() -> None:
    found = at(150)
    assert (found.temperature_c, found.precipitation_mm_per_h, found.condition) == (15.0, None, None)
