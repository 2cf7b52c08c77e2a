"""What the activities API is told about weather."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.settings import ActivitiesApiSettings
from local_agentcore.settings import StackSettings
from tests.support.api_client import team_settings


def settings(**values: Any) -> ActivitiesApiSettings:
    return ActivitiesApiSettings(**{**team_settings("activities"), **values})


def test_nobody_is_asked_for_weather_by_default() -> None:
    assert settings().weather == "none"
    assert StackSettings().weather == "none"


def test_the_services_own_addresses_are_the_default() -> None:
    assert settings().open_meteo_archive_url == "https://archive-api.open-meteo.com/v1/archive"
    assert settings().open_meteo_forecast_url == "https://api.open-meteo.com/v1/forecast"


@pytest.mark.parametrize("value", ["open-meteo", ""])
def test_the_stack_reads_who_is_asked_from_its_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("COACH_WEATHER", value)
    assert StackSettings().weather == (value or "none")


def test_a_service_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_WEATHER", "the-frog")
    with pytest.raises(ValidationError):
        StackSettings()


@pytest.mark.parametrize(
    "url", ["https://weather.test/v1", "http://127.0.0.1:8080/v1/archive", "http://localhost:80/x"]
)
def test_a_service_is_reached_encrypted_or_on_this_computer(url: str) -> None:
    assert settings(open_meteo_archive_url=url).open_meteo_archive_url == url


@pytest.mark.parametrize("url", ["http://weather.test/v1", "ftp://127.0.0.1/x", "weather.test", "https://", ""])
def test_places_are_told_to_nobody_in_between(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(open_meteo_forecast_url=url)


def test_without_thresholds_the_documented_bands_hold() -> None:
    assert settings().bands.bands() == WeatherBands()


def test_thresholds_come_from_the_environment_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds = {"temperature_edges_c": [0, 10, 18, 28], "windy_mps": 8, "wet_codes": [4], "wet_conditions": ["rain"]}
    monkeypatch.setenv("ACTIVITIES_API_BANDS", json.dumps(thresholds))
    assert settings().bands.bands() == WeatherBands(
        temperature_edges_c=(0.0, 10.0, 18.0, 28.0), windy_mps=8.0, wet_codes=frozenset({4}), wet_conditions=("rain",)
    )


@pytest.mark.parametrize(
    "thresholds",
    [
        {"temperature_edges_c": [5, 15, 15, 25]},
        {"temperature_edges_c": [5, 25, 20, 30]},
        {"temperature_edges_c": [5, 15, 20]},
        {"humid_dew_point_c": "NaN"},
        {"windy_mps": 0},
        {"windy_mps": float("inf")},
        {"wet_precipitation_mm_per_h": -1},
        {"windy_kmh": 20},
        {"wet_conditions": ["frogs"]},
    ],
    ids=[
        "equal edges",
        "falling edges",
        "three edges",
        "no number",
        "no wind",
        "endless wind",
        "no rain",
        "a typo",
        "no word",
    ],
)
def test_thresholds_that_make_no_bands_are_refused(thresholds: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(bands=thresholds)
