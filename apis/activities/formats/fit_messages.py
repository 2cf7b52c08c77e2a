"""One data message of a FIT file with typed access to its fields.

A damaged definition can give any field any type, so nothing here believes that a number is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_ABSURD: Final = 1e12
_LARGEST_TIME: Final = 2**32
_EPOCH: Final = datetime(1989, 12, 31, tzinfo=UTC)

# The fields that are read, by message; anything else is dropped, because a message may hold 65,000 values.
FIELDS: Final[Mapping[str, str]] = {
    "file_id": "type time_created manufacturer garmin_product product_name",
    "session": """
        start_time sport sub_sport total_elapsed_time total_timer_time total_moving_time total_distance total_ascent
        total_calories total_work avg_heart_rate max_heart_rate avg_speed max_speed enhanced_avg_speed
        enhanced_max_speed avg_temperature avg_cadence avg_running_cadence avg_fractional_cadence avg_power
        normalized_power threshold_power
    """,
    "sport": "sport sub_sport",
    "lap": """
        start_time total_elapsed_time total_timer_time total_moving_time total_distance total_ascent avg_heart_rate
        max_heart_rate avg_speed max_speed enhanced_avg_speed enhanced_max_speed avg_cadence avg_running_cadence
        avg_fractional_cadence avg_power
    """,
    "activity": "timestamp local_timestamp",
    "hr": "timestamp fractional_timestamp event_timestamp event_timestamp_12 filtered_bpm",
    "weather_conditions": """
        timestamp observed_at_time weather_report condition temperature temperature_feels_like relative_humidity
        wind_speed wind_direction observed_location_lat observed_location_long
    """,
    "user_profile": """
        gender age height weight resting_heart_rate default_max_running_heart_rate default_max_biking_heart_rate
        default_max_heart_rate
    """,
    "zones_target": "max_heart_rate threshold_heart_rate functional_threshold_power",
    "hr_zone": "high_bpm",
}
_FIELDS_OF: Final = {message: frozenset(names.split()) for message, names in FIELDS.items()}


@dataclass(frozen=True, slots=True)
class Message:
    """One data message, its native fields by name."""

    fields: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, frame: Any) -> "Message":
        """The fields of a frame of fitdecode that are read, as they stand in the file.

        Left out are developer fields, which may carry the name of a native one, and what fitdecode derives.
        """
        wanted = _FIELDS_OF[name]
        return cls(
            {
                each.name: each.value
                for each in frame.fields
                if each.value is not None
                and each.field_def
                and each.name in wanted
                and each.field.field_type != "devfield"
            }
        )

    def number(self, *names: str) -> float | None:
        """The first of these fields that holds a finite number of a size that is measured."""
        values = (self.fields.get(name) for name in names)
        return next((each for each in values if isinstance(each, int | float) and abs(each) < _ABSURD), None)

    def positive(self, *names: str) -> float | None:
        """A number above 0: devices write 0 where they measured nothing."""
        value = self.number(*names)
        return value if value is not None and value > 0 else None

    def text(self, *names: str) -> str | None:
        values = (self.fields.get(name) for name in names)
        return next((value for value in values if isinstance(value, str)), None)

    def instant(self, name: str) -> datetime | None:
        """A date; before the clock is set, seconds since power-on, which then count from FIT's epoch."""
        value = self.fields.get(name)
        if isinstance(value, int | float) and 0 <= value < _LARGEST_TIME:
            return _EPOCH + timedelta(seconds=value)
        return None

    def each(self, name: str) -> list[Any]:
        """All values of a field that may be an array."""
        value = self.fields.get(name, [])
        return list(value) if isinstance(value, list | tuple) else [value]
