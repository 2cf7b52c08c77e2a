"""Weather that a watch received from its phone and wrote into a FIT file as `weather_conditions` messages.

It is a station's report, not a measurement of the watch. Forecasts are left out, and so is a report from a time that
says nothing about the activity. Units by the FIT profile: °C, m/s, degrees, percent, semicircles.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from apis.activities.analytics.geodesy import haversine_m
from apis.activities.formats.fit_messages import Message
from apis.activities.models import LatLng, Weather, WeatherCondition

MAX_AGE: Final = timedelta(hours=3)  # stations report hourly, and a phone may be out of reach for a while
_DEG_PER_SEMICIRCLE: Final = 180.0 / 2**31
_CURRENT: Final = "current"

# `weather_status` of the FIT profile. Windy says nothing about the sky; haze has no word nearer than fog.
CONDITIONS: Final[Mapping[str, WeatherCondition]] = {
    "clear": "clear",
    "partly_cloudy": "cloudy",
    "mostly_cloudy": "cloudy",
    "cloudy": "cloudy",
    "fog": "fog",
    "hazy": "fog",
    "light_rain": "drizzle",
    "rain": "rain",
    "heavy_rain": "rain",
    "scattered_showers": "rain",
    "unknown_precipitation": "rain",
    "wintry_mix": "sleet",
    "light_rain_snow": "sleet",
    "heavy_rain_snow": "sleet",
    "light_snow": "snow",
    "snow": "snow",
    "heavy_snow": "snow",
    "hail": "hail",
    "thunderstorms": "thunderstorm",
    "scattered_thunderstorms": "thunderstorm",
}


def weather_at(messages: Sequence[Message], middle: datetime, place: LatLng | None) -> Weather | None:
    """The report of current conditions that is nearest in time, or `None` if none is near enough.

    Args:
        messages: `weather_conditions` of the file.
        middle: Half-way between the activity's start and end.
        place: Where the activity was, degrees, for the station's distance.
    """
    reports = [(abs(at - middle), each) for each in messages if (at := _observed_at(each)) and _is_current(each)]
    age, report = min(reports, key=lambda pair: pair[0], default=(MAX_AGE, None))
    if report is None or age > MAX_AGE:
        return None
    weather = Weather(
        condition=CONDITIONS.get(report.text("condition") or ""),
        temperature_c=report.number("temperature"),
        apparent_temperature_c=report.number("temperature_feels_like"),
        relative_humidity=_fraction(report.number("relative_humidity")),
        wind_speed_mps=report.number("wind_speed"),
        wind_bearing_deg=report.number("wind_direction"),
        observed_at=_observed_at(report),
        station_distance_m=_distance_m(place, report),
        source="station",
    )
    return weather if weather.temperature_c is not None or weather.condition is not None else None


def _is_current(report: Message) -> bool:
    return report.text("weather_report") in {None, _CURRENT}


def _observed_at(report: Message) -> datetime | None:
    return report.instant("observed_at_time") or report.instant("timestamp")


def _fraction(percent: float | None) -> float | None:
    return percent / 100.0 if percent is not None and 0 <= percent <= 100 else None  # noqa: PLR2004 - percent


def _distance_m(place: LatLng | None, report: Message) -> float | None:
    lat, lon = report.number("observed_location_lat"), report.number("observed_location_long")
    if place is None or lat is None or lon is None:
        return None
    station = (lat * _DEG_PER_SEMICIRCLE, lon * _DEG_PER_SEMICIRCLE)
    return round(float(haversine_m(np.array([place[0], station[0]]), np.array([place[1], station[1]]))[0]))
