from typing import Any

import pytest

from apis.activities.analytics.errors import BandUnknown
from apis.activities.analytics.weather_bands import WeatherBands, parse_band_names
from apis.activities.models import Weather, WeatherCondition

BANDS = WeatherBands()


@pytest.mark.parametrize(
    ("temperature", "band"),
    [(-3, "cold"), (4.9, "cold"), (5, "cool"), (14.9, "cool"), (15, "mild"), (20, "warm"), (24.9, "warm"), (25, "hot")],
)
def test_temperature_bands_are_half_open(temperature: float, band: str) -> None:
    assert BANDS.bands_of(Weather(apparent_temperature_c=temperature)) == (band,)


def test_the_apparent_temperature_decides_and_the_dry_bulb_stands_in() -> None:
    assert BANDS.bands_of(Weather(apparent_temperature_c=4, temperature_c=9)) == ("cold",)
    assert BANDS.bands_of(Weather(temperature_c=9)) == ("cool",)


@pytest.mark.parametrize(
    ("reading", "bands"),
    [
        pytest.param({"dew_point_c": 16.0}, ("humid",), id="humid from 16 °C dew point"),
        pytest.param({"dew_point_c": 15.9}, (), id="not humid below"),
        pytest.param({"precipitation_mm_per_h": 0.1}, ("wet",), id="wet from a tenth of a millimetre"),
        pytest.param({"precipitation_mm_per_h": 0.09}, ("dry",), id="dry below"),
        pytest.param({"wind_speed_mps": 6.0}, ("windy",), id="windy from 6 m/s"),
        pytest.param({"condition_code": 4}, (), id="a code without a table proves nothing"),
        pytest.param({"condition": "drizzle"}, ("wet",), id="wet by a word"),
        pytest.param(
            {"condition": "thunderstorm", "precipitation_mm_per_h": 0.0}, ("wet",), id="a word against a figure"
        ),
        pytest.param({"condition": "clear", "precipitation_mm_per_h": 0.1}, ("wet",), id="a figure against a word"),
        pytest.param({"condition": "fog"}, ("dry",), id="dry by a word"),
    ],
)
def test_each_condition_has_its_threshold(reading: dict[str, Any], bands: tuple[str, ...]) -> None:
    assert BANDS.bands_of(Weather(**reading)) == bands


@pytest.mark.parametrize(
    ("condition", "band"),
    [
        ("clear", "dry"),
        ("cloudy", "dry"),
        ("fog", "dry"),
        ("drizzle", "wet"),
        ("rain", "wet"),
        ("sleet", "wet"),
        ("snow", "wet"),
        ("hail", "wet"),
        ("thunderstorm", "wet"),
    ],
)
def test_each_word_of_a_report_is_wet_or_dry(condition: WeatherCondition, band: str) -> None:
    assert BANDS.bands_of(Weather(condition=condition)) == (band,)


def test_there_is_no_other_word() -> None:
    with pytest.raises(ValueError, match="condition"):
        Weather.model_validate({"condition": "lovely"})


def test_missing_precipitation_is_neither_wet_nor_dry() -> None:
    unknown = Weather(temperature_c=10)

    assert not BANDS.matches(unknown, ("wet",))
    assert not BANDS.matches(unknown, ("dry",))


def test_no_weather_is_in_no_band_but_matches_no_filter() -> None:
    assert BANDS.bands_of(None) == ()
    assert BANDS.matches(None, ())
    assert not BANDS.matches(None, ("dry",))


def test_several_names_must_all_hold() -> None:
    cool_and_wet = Weather(temperature_c=10, precipitation_mm_per_h=1.0)

    assert BANDS.matches(cool_and_wet, ("cool", "wet"))
    assert not BANDS.matches(cool_and_wet, ("cool", "windy"))


def test_thresholds_can_be_set_and_are_echoed() -> None:
    bands = WeatherBands(windy_mps=8.0, wet_codes=frozenset({4}))

    assert bands.bands_of(Weather(wind_speed_mps=7.0, condition_code=4)) == ("wet",)
    assert bands.echo()["windy"] == "mean wind >= 8 m/s"
    assert bands.echo()["wet"] == (
        "precipitation >= 0.1 mm/h, or reported drizzle, rain, sleet, snow, hail, thunderstorm, or weather code 4"
    )
    assert bands.echo()["dry"] == "has a precipitation figure or a reported condition and is not wet"
    assert bands.echo()["cool"] == "5 <= apparent temperature < 15 °C"


def test_names_are_read_without_regard_to_case_and_repetition() -> None:
    assert parse_band_names(["Wet", " cool", "wet"]) == ("wet", "cool")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rainy", "did you mean wet"),
        ("bad weather", "wet or windy or cold"),
        ("widny", "windy"),
        ("purple", "choose from: cold"),
    ],
)
def test_an_unknown_or_ambiguous_name_lists_the_bands(name: str, hint: str) -> None:
    with pytest.raises(BandUnknown, match=hint) as refused:
        parse_band_names([name])
    assert "cold, cool, mild, warm, hot, humid, wet, dry, windy" in str(refused.value)
