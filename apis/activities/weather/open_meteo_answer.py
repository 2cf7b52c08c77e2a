"""An answer of Open-Meteo, read strictly: the units that were asked for, whole hours in order, possible values.

Source: the service's own OpenAPI documents (openapi/historical-weather.yml and openapi/forecast.yml of
open-meteo/open-meteo), its pages, and `WeatherCode.swift`, which makes codes of WMO 4677 from a model's figures of the
same hour.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apis.activities.errors import NoWeatherData, WeatherAnswerUnreadable
from apis.activities.models import WeatherCondition
from apis.activities.weather.hours import HourlyWeather

ARCHIVE_URL: Final = "https://archive-api.open-meteo.com/v1/archive"
FORECAST_URL: Final = "https://api.open-meteo.com/v1/forecast"
# By field of Weather: the service's variable, the unit it must say, and what makes ours of its value.
VARIABLES: Final = {
    "temperature_c": ("temperature_2m", "°C", 1.0),
    "apparent_temperature_c": ("apparent_temperature", "°C", 1.0),
    "dew_point_c": ("dew_point_2m", "°C", 1.0),
    "relative_humidity": ("relative_humidity_2m", "%", 0.01),
    "wind_speed_mps": ("wind_speed_10m", "m/s", 1.0),
    "wind_gust_mps": ("wind_gusts_10m", "m/s", 1.0),
    "wind_bearing_deg": ("wind_direction_10m", "°", 1.0),
    "precipitation_mm_per_h": ("precipitation", "mm", 1.0),  # the sum of the hour before
    "pressure_hpa": ("pressure_msl", "hPa", 1.0),
    "cloud_cover": ("cloud_cover", "%", 0.01),
    "is_day": ("is_day", "", 1.0),
}
CODE: Final = ("weather_code", "wmo code")
QUESTION: Final = (*(variable for variable, _, _ in VARIABLES.values()), CODE[0])
_DRY_WORDS: Final[Mapping[int, WeatherCondition]] = {
    **dict.fromkeys((0, 1), "clear"),
    **dict.fromkeys((2, 3), "cloudy"),
    **dict.fromkeys((45, 48), "fog"),
}
_WET_WORDS: Final[Mapping[int, WeatherCondition]] = {
    **dict.fromkeys((51, 53, 55, 56, 57), "drizzle"),
    **dict.fromkeys((61, 63, 65, 66, 67, 80, 81, 82), "rain"),
    **dict.fromkeys((71, 73, 75, 77, 85, 86), "snow"),
    **dict.fromkeys((95, 96, 99), "thunderstorm"),
}
_WET_MM: Final = 0.1  # from which on the service itself says drizzle
OUT_OF_RANGE: Final = "out of allowed range"  # the service's word for a day that it does not have
_HOUR_S: Final = 3600
_MOST_HOURS: Final = 24 * 16

_Celsius = list[Annotated[float, Field(ge=-100, le=70)] | None]
_Percent = list[Annotated[float, Field(ge=0, le=100)] | None]
_Wind = list[Annotated[float, Field(ge=0, le=150)] | None]


class _Strict(BaseModel):
    """Unknown members are the service's business; the known ones must be what they are said to be."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Hourly(_Strict):
    time: list[int] = Field(min_length=1, max_length=_MOST_HOURS)
    temperature_2m: _Celsius
    apparent_temperature: _Celsius
    dew_point_2m: _Celsius
    relative_humidity_2m: _Percent
    wind_speed_10m: _Wind
    wind_gusts_10m: _Wind
    wind_direction_10m: list[Annotated[float, Field(ge=0, le=360)] | None]
    precipitation: list[Annotated[float, Field(ge=0, le=500)] | None]
    pressure_msl: list[Annotated[float, Field(ge=800, le=1150)] | None]
    cloud_cover: _Percent
    weather_code: list[Annotated[float, Field(ge=0, le=99, multiple_of=1)] | None]
    is_day: list[Annotated[float, Field(ge=0, le=1, multiple_of=1)] | None]


class _Answer(_Strict):
    utc_offset_seconds: Literal[0]
    hourly_units: dict[str, str]
    hourly: _Hourly


class _Refusal(_Strict):
    error: Literal[True]
    reason: str


def read_hours(body: bytes, *, final: bool) -> HourlyWeather:
    """The hours of an answer.

    Args:
        body: Of the answer.
        final: Whether they come from the archive.

    Raises:
        WeatherAnswerUnreadable: The form, a unit or a value is not what the service documents.
    """
    try:
        answer = _Answer.model_validate_json(body)
    except ValidationError:
        raise WeatherAnswerUnreadable("the answer has another form") from None  # its text would hold the values
    units = dict([*((variable, unit) for variable, unit, _ in VARIABLES.values()), CODE, ("time", "unixtime")])
    if any(answer.hourly_units.get(variable) != unit for variable, unit in units.items()):
        raise WeatherAnswerUnreadable("the answer has other units")
    times = answer.hourly.time
    if any(later - earlier != _HOUR_S for earlier, later in pairwise(times)) or times[0] % _HOUR_S:
        raise WeatherAnswerUnreadable("the answer's hours are not hour by hour")
    columns = {
        name: _scaled(getattr(answer.hourly, variable), scale) for name, (variable, _, scale) in VARIABLES.items()
    }
    codes = answer.hourly.weather_code
    if any(len(column) != len(times) for column in (*columns.values(), codes)):
        raise WeatherAnswerUnreadable("the answer's columns differ in length")
    conditions = tuple(map(_condition, codes, answer.hourly.precipitation))
    start_at = datetime.fromtimestamp(times[0], UTC)
    return HourlyWeather(start_at=start_at, columns=columns, conditions=conditions, final=final)


def refusal_of(body: bytes) -> NoWeatherData | WeatherAnswerUnreadable:
    """What a 400 means: a day that the service does not have, or a request that it does not take."""
    try:
        refusal = _Refusal.model_validate_json(body)
    except ValidationError:
        return WeatherAnswerUnreadable("the request was refused")
    if OUT_OF_RANGE in refusal.reason:
        return NoWeatherData("the service does not reach that day")
    return WeatherAnswerUnreadable("the request was refused")


def _condition(code: float | None, precipitation_mm: float | None) -> WeatherCondition | None:
    """The word for a code. The service calls unstable air a thunderstorm, rain or not: then nothing is said."""
    if code is None:
        return None
    wet = precipitation_mm is not None and precipitation_mm >= _WET_MM
    return _DRY_WORDS.get(int(code)) or (_WET_WORDS.get(int(code)) if wet else None)


def _scaled(values: list[Any], scale: float) -> tuple[float | None, ...]:
    return tuple(None if value is None else round(value * scale, 4) for value in values)
