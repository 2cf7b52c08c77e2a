from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import SettingsConfigDict

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.models import Record, WeatherCondition
from apis.activities.weather.open_meteo_answer import ARCHIVE_URL, FORECAST_URL
from apis.serving.handler_settings import HandlerSettings

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_Celsius = Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)]


def _guarded(url: str) -> str:
    """Places are told to nobody in between: encrypted, unless the service is on this computer."""
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK)):
        raise ValueError("must be an https URL, or an http one of this computer")
    return url


ServiceUrl = Annotated[str, AfterValidator(_guarded)]


class BandThresholds(Record):
    """Thresholds of the weather bands; the documented ones where nothing else is said."""

    temperature_edges_c: tuple[_Celsius, _Celsius, _Celsius, _Celsius] = WeatherBands.temperature_edges_c
    humid_dew_point_c: _Celsius = WeatherBands.humid_dew_point_c
    wet_precipitation_mm_per_h: float = Field(
        default=WeatherBands.wet_precipitation_mm_per_h, gt=0, le=100, allow_inf_nan=False
    )
    wet_conditions: tuple[WeatherCondition, ...] = WeatherBands.wet_conditions
    wet_codes: frozenset[int] = WeatherBands.wet_codes
    windy_mps: float = Field(default=WeatherBands.windy_mps, gt=0, le=100, allow_inf_nan=False)

    @model_validator(mode="after")
    def _edges_rise(self) -> "BandThresholds":
        edges = self.temperature_edges_c
        if list(edges) != sorted(set(edges)):
            raise ValueError("temperature_edges_c must rise")
        return self

    def bands(self) -> WeatherBands:
        return WeatherBands(**dict(self))


class ActivitiesHandlerSettings(HandlerSettings):
    """Settings of the activities API's handler and of its weather, from ``ACTIVITIES_API_*``.

    Attributes:
        weather: The service that is asked for weather which no file brought; nobody is asked by default.
        open_meteo_archive_url: Of the reanalysis.
        open_meteo_forecast_url: Of the last days.
        bands: What weather words mean, as a JSON object.
    """

    model_config = SettingsConfigDict(frozen=True, env_prefix="ACTIVITIES_API_")

    weather: Literal["none", "open-meteo"] = "none"
    open_meteo_archive_url: ServiceUrl = ARCHIVE_URL
    open_meteo_forecast_url: ServiceUrl = FORECAST_URL
    bands: BandThresholds = BandThresholds()
