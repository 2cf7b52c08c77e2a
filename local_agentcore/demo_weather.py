"""Weather as Berlin has it, made up day by day: seasons, warm and cold spells, rain on about three days in ten.

Every figure depends on the calendar day alone, so histories grow by a day without changing.
Sources of the climate: DWD normals 1991-2020 of Berlin, rounded. Dew point: Magnus form of Alduchov & Eskridge 1996.
Apparent temperature: Steadman 1994 as the Australian Bureau of Meteorology uses it.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

MEAN_C, SEASON_C, COLDEST_DAY = 10.3, 9.7, 19
RAINY_DAYS = 0.30
OVERCAST = 0.5
WET_WHEN_RAINY = 0.9
SPELL = (0.55, 0.5, 0.4, 0.3, 0.2, 0.15)
SPELL_C = 3.6
LATITUDE, LONGITUDE = 52.5, 13.4
WEATHER_STREAM = 1
CLOUDY, CLEAR, RAINING = 3, 1, 4  # codes of the export, whose table is not public: kept raw by readers


@dataclass(frozen=True)
class HourWeather:
    """The weather in one hour of one day, in the units of the export."""

    temperature_c: float
    apparent_temperature_c: float
    dew_point_c: float
    relative_humidity: float
    wind_mps: float
    gust_mps: float
    wind_bearing_deg: float
    precipitation_mm_per_h: float
    pressure_hpa: float
    cloud_cover: float
    uv_index: float
    visibility_m: float
    code: int


def day_generator(seed: int, stream: int, day: date) -> np.random.Generator:
    """Random numbers of one day: the same for ever, and independent of every other day."""
    return np.random.default_rng([seed, stream, day.toordinal()])


def season(day: date) -> float:
    """-1 in the middle of January, +1 in the middle of July."""
    return -math.cos(2 * math.pi * (day.timetuple().tm_yday - COLDEST_DAY) / 365.25)


def is_rainy(seed: int, day: date) -> bool:
    """Whether it rains at some time of the day."""
    return bool(day_generator(seed, WEATHER_STREAM, day).random() < RAINY_DAYS)


def spell_c(seed: int, day: date) -> float:
    """Warmer or colder than usual, in °C, correlated over a week."""
    shocks = (
        day_generator(seed, WEATHER_STREAM + 1, day - timedelta(days=ago)).standard_normal()
        for ago in range(len(SPELL))
    )
    return SPELL_C * sum(weight * shock for weight, shock in zip(SPELL, shocks, strict=True))


def weather_at(seed: int, day: date, hour: float) -> HourWeather:
    """Weather at a local hour of a day.

    Args:
        seed: Of the place: athletes of one city share it.
        day: Local date.
        hour: 0 to 24.
    """
    chance = day_generator(seed, WEATHER_STREAM + 2, day)
    rainy = is_rainy(seed, day)
    summer = (season(day) + 1) / 2
    daily_swing = (1.5 + 3.5 * summer) * (0.5 if rainy else 1.0)
    temperature = (
        MEAN_C + SEASON_C * season(day) + spell_c(seed, day) - 1.2 * rainy * summer
        + daily_swing * math.cos(2 * math.pi * (hour - 15) / 24)
    )  # fmt: skip
    humidity = 0.82 - 0.16 * summer + 0.12 * rainy - 0.018 * daily_swing * math.cos(2 * math.pi * (hour - 15) / 24)
    humidity = float(np.clip(humidity + chance.normal(0, 0.06), 0.3, 0.99))
    wind = float(chance.gamma(5.0, 0.75)) + 0.8 * rainy
    wet = bool(chance.random() < WET_WHEN_RAINY) and rainy
    rain = 0.15 + float(chance.exponential(0.9)) if wet else 0.0
    clouds = float(np.clip(chance.beta(2, 2) + 0.35 * rainy, 0, 1))
    return HourWeather(
        temperature_c=temperature,
        apparent_temperature_c=apparent_temperature_c(temperature, humidity, wind),
        dew_point_c=dew_point_c(temperature, humidity),
        relative_humidity=humidity,
        wind_mps=wind,
        gust_mps=wind * (1.4 + 0.5 * float(chance.random())),
        wind_bearing_deg=float(chance.normal(250, 60)) % 360,
        precipitation_mm_per_h=rain,
        pressure_hpa=1016.0 - 7 * rainy + float(chance.normal(0, 6)),
        cloud_cover=clouds,
        uv_index=round(max(0.0, 7 * summer * (1 - 0.7 * clouds) * math.cos(2 * math.pi * (hour - 13) / 24))),
        visibility_m=9_000.0 if wet else 16_000.0,
        code=RAINING if wet else CLOUDY if clouds > OVERCAST else CLEAR,
    )


def dew_point_c(temperature_c: float, relative_humidity: float) -> float:
    """Dew point by the Magnus form: 16.70 °C at 25 °C and 60 %."""
    gamma = math.log(relative_humidity) + 17.625 * temperature_c / (243.04 + temperature_c)
    return 243.04 * gamma / (17.625 - gamma)


def apparent_temperature_c(temperature_c: float, relative_humidity: float, wind_mps: float) -> float:
    """What the air feels like in the shade."""
    vapour_hpa = relative_humidity * 6.105 * math.exp(17.27 * temperature_c / (237.7 + temperature_c))
    return temperature_c + 0.33 * vapour_hpa - 0.70 * wind_mps - 4.0


def sunrise_and_sunset(day: date) -> tuple[datetime, datetime]:
    """Roughly, to some minutes: enough for a column nobody computes with."""
    declination = math.radians(23.44) * season(day + timedelta(days=29))
    half_day_h = math.degrees(math.acos(-math.tan(math.radians(LATITUDE)) * math.tan(declination))) / 15
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(hours=LONGITUDE / 15)
    return noon - timedelta(hours=half_day_h), noon + timedelta(hours=half_day_h)
