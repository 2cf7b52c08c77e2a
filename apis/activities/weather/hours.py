"""The weather of a place hour by hour, and what it was at one minute.

Between two full hours, temperatures, humidity, wind, pressure and clouds are interpolated: a morning warms by 2 °C an
hour, and the trend corrects heart rates by degrees. Gusts, precipitation and its word belong to the whole hour that
holds the minute, and are stamped with its end. Direction and daylight are those of the nearest hour.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import AwareDatetime

from apis.activities.models import Record, Weather, WeatherCondition

HOUR: Final = timedelta(hours=1)
BETWEEN: Final = (
    "temperature_c",
    "apparent_temperature_c",
    "dew_point_c",
    "relative_humidity",
    "wind_speed_mps",
    "pressure_hpa",
    "cloud_cover",
)
OF_THE_HOUR: Final = ("wind_gust_mps", "precipitation_mm_per_h")
NEAREST: Final = ("wind_bearing_deg", "is_day")
COLUMNS: Final = (*BETWEEN, *OF_THE_HOUR, *NEAREST)
_HALF: Final = 0.5
_DECIMALS: Final = {"relative_humidity": 3, "cloud_cover": 3}
Column = tuple[float | None, ...]


class HourlyWeather(Record):
    """Columns of hourly values, null where the service has none.

    Attributes:
        start_at: Of the first value; the others follow hour by hour.
        columns: By the name of the field of `Weather`, in its unit.
        conditions: The word for each hour, stamped with its end.
        final: Whether the service will never say anything else about these hours.
    """

    start_at: AwareDatetime
    columns: dict[str, Column]
    final: bool
    conditions: tuple[WeatherCondition | None, ...] = ()

    def at(self, instant: datetime) -> Weather | None:
        """The weather at an instant; None unless a temperature is known within the hour."""
        passed = (instant - self.start_at) / HOUR
        before = int(passed // 1)
        values = self._values(before, passed - before)
        if values["temperature_c"] is None:
            return None
        return Weather.model_validate({**values, "observed_at": instant, "source": "reanalysis"})

    def _values(self, before: int, part: float) -> Mapping[str, Any]:
        nearest = before + (part >= _HALF)
        is_day, hour = self._value("is_day", nearest), before + 1
        return {
            **{name: self._between(name, before, part) for name in BETWEEN},
            **{name: self._value(name, hour) for name in OF_THE_HOUR},
            **{name: self._value(name, nearest) for name in NEAREST},
            "is_day": None if is_day is None else bool(is_day),
            "condition": self.conditions[hour] if 0 <= hour < len(self.conditions) else None,
        }

    def _between(self, name: str, before: int, part: float) -> float | None:
        """Between the values of two hours; if the service has one of them only, that one."""
        earlier, later = self._value(name, before), self._value(name, before + 1)
        if earlier is None or later is None:
            return later if earlier is None else earlier
        return round(earlier + part * (later - earlier), _DECIMALS.get(name, 1))

    def _value(self, name: str, index: int) -> float | None:
        column = self.columns.get(name, ())
        return column[index] if 0 <= index < len(column) else None
