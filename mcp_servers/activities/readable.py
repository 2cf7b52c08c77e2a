"""Quantities as people read them, in the athlete's own units. Temperatures stay in °C; what is missing has no text.

The numbers beside them stay SI: a program computes with those, a model quotes these.
"""

from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.activities.vocabulary import RUNNING, WORKOUTS

METRES_PER_MILE: Final = 1609.344
METRES_PER_FOOT: Final = 0.3048
DEVICE_SENSOR: Final = "device_sensor"  # of the watch on a wrist: warmer than the air


@dataclass(frozen=True)
class Units:
    """The units of an athlete.

    Attributes:
        long: Of distances.
        long_m: Its length in metres.
        short: Of heights.
        short_m: Its length in metres.
        speed: Of speeds: `long` in an hour.
    """

    long: str
    long_m: float
    short: str
    short_m: float
    speed: str

    def distance(self, metres: float | None) -> str | None:
        return None if metres is None else f"{metres / self.long_m:.1f} {self.long}"

    def height(self, metres: float | None) -> str | None:
        return None if metres is None else f"{metres / self.short_m:.0f} {self.short}"

    def pace(self, speed_mps: float | None) -> str | None:
        """Minutes and seconds for a kilometre or mile; None also for standing still."""
        return f"{clock(self.long_m / speed_mps)} min/{self.long}" if speed_mps else None

    def pace_of(self, s_per_km: float | None) -> str | None:
        """The same from seconds for a kilometre."""
        return self.pace(1000 / s_per_km) if s_per_km else None

    def rate(self, speed_mps: float | None, sport_type: str | None) -> str | None:
        """Pace of a run, speed of anything else."""
        if sport_type in RUNNING:
            return self.pace(speed_mps)
        return f"{speed_mps * 3600 / self.long_m:.1f} {self.speed}" if speed_mps else None


METRIC: Final = Units("km", 1000.0, "m", 1.0, "km/h")
IMPERIAL: Final = Units("mi", METRES_PER_MILE, "ft", METRES_PER_FOOT, "mph")


def units_of(document: dict[str, Any]) -> Units:
    """The units of the athlete whose answer this is: metric unless it says `feet`."""
    return IMPERIAL if document.get("measurement_preference") == "feet" else METRIC


def clock(seconds: float) -> str:
    """H:MM:SS, or M:SS below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_of(activities: int) -> str:
    return f"{activities} {'activity' if activities == 1 else 'activities'}"


def activity_line(activity: dict[str, Any], units: Units) -> str:
    """One activity of the API in a line, without its name and day."""
    temperature = temperature_of(activity)
    by_the_watch = " by the watch" if weather_source_of(activity) == DEVICE_SENSOR else ""
    parts = [
        WORKOUTS.get(activity.get("workout_type") or 0),
        units.distance(activity.get("distance") or None),
        clock(activity["moving_time"]) if activity.get("moving_time") else None,
        units.rate(activity.get("average_speed"), activity.get("sport_type")),
        _beats(activity.get("average_heartrate")),
        f"{units.height(activity['total_elevation_gain'])} up" if activity.get("total_elevation_gain") else None,
        None if temperature is None else f"{temperature:.0f} °C{by_the_watch}",
    ]
    return ", ".join(part for part in parts if part) or "no measurements"


def totals_line(metrics: dict[str, Any], units: Units) -> str:
    """Totals of the API in a line. Pace only where the API gives one: a mean over runs and rides says nothing."""
    count = metrics.get("count") or 0
    speed = metrics.get("average_speed_mps") if metrics.get("pace_s_per_km") else None
    parts = [
        count_of(count),
        units.distance(metrics.get("distance_m")),
        f"{clock(metrics.get('moving_time_s') or 0)} moving",
        f"{units.height(metrics['total_elevation_gain_m'])} up" if metrics.get("total_elevation_gain_m") else None,
        units.pace(speed),
        _beats(metrics.get("average_heartrate_bpm")),
    ]
    return ", ".join(part for part in parts if part)


def temperature_of(activity: dict[str, Any]) -> float | None:
    """Air temperature; that of the device, which sits on a wrist, only where nothing else is known."""
    weather = activity.get("weather") or {}
    temperature: float | None = weather.get("temperature_c")
    return activity.get("average_temp") if temperature is None else temperature


def weather_source_of(activity: dict[str, Any]) -> str | None:
    """Who measured `temperature_of`."""
    weather = activity.get("weather") or {}
    if weather.get("temperature_c") is None and activity.get("average_temp") is not None:
        return DEVICE_SENSOR
    source: str | None = weather.get("source")
    return source


def _beats(bpm: float | None) -> str | None:
    return f"{bpm:.0f} bpm" if bpm else None
