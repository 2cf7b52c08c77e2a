"""The weather of a row of Strava's export, which fills it for some rows only.

Units were inferred from two real exports: °C, fractions, hPa, m/s, degrees, mm/h, metres. Times are seconds since 1970,
in old rows rounded to 128 s (they were stored as 32-bit floats).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from apis.activities.formats.export_row import Row
from apis.activities.models import Weather

# Column, and what it can hold; anything else is damage or another unit, and missing.
_COLUMNS: Final[Mapping[str, tuple[str, float, float]]] = {
    "temperature_c": ("Weather Temperature", -70.0, 60.0),
    "apparent_temperature_c": ("Apparent Temperature", -90.0, 80.0),
    "dew_point_c": ("Dewpoint", -80.0, 40.0),
    "relative_humidity": ("Humidity", 0.0, 1.0),
    "wind_speed_mps": ("Wind Speed", 0.0, 120.0),
    "wind_gust_mps": ("Wind Gust", 0.0, 120.0),
    "wind_bearing_deg": ("Wind Bearing", 0.0, 360.0),
    "precipitation_mm_per_h": ("Precipitation Intensity", 0.0, 500.0),
    "pressure_hpa": ("Weather Pressure", 300.0, 1100.0),
    "cloud_cover": ("Cloud Cover", 0.0, 1.0),
    "uv_index": ("UV Index", 0.0, 25.0),
    "visibility_m": ("Weather Visibility", 0.0, 1e6),
}
_LARGEST_EPOCH_S: Final = 2**32


def weather_of(row: Row, start_at: datetime, elapsed_s: float) -> Weather | None:
    """The row's weather, or `None` where the export filled none; an observation time alone is no weather.

    Args:
        row: The row.
        start_at: The activity's start.
        elapsed_s: Its length; whether it was day is said of its middle.
    """
    values = {name: _within(row.number(column), low, high) for name, (column, low, high) in _COLUMNS.items()}
    if all(values[name] is None for name in ("temperature_c", "apparent_temperature_c", "precipitation_mm_per_h")):
        return None
    observed_s, condition = (
        row.within("Weather Observation Time", most=_LARGEST_EPOCH_S),
        row.number("Weather Condition"),
    )
    return Weather(
        condition_code=int(condition) if condition is not None and 0 <= condition < 1000 else None,  # noqa: PLR2004 - a code
        observed_at=datetime.fromtimestamp(observed_s, UTC) if observed_s else None,
        is_day=_is_day(row, start_at.timestamp() + elapsed_s / 2),
        source="strava_export",
        **values,
    )


def _is_day(row: Row, middle_s: float) -> bool | None:
    sunrise_s, sunset_s = row.positive("Sunrise Time"), row.positive("Sunset Time")
    return sunrise_s <= middle_s < sunset_s if sunrise_s is not None and sunset_s is not None else None


def _within(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None
