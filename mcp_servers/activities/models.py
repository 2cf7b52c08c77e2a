"""What the activities tools return: the API's objects with the unit in each name, and one readable line."""

from typing import Any, Self

from pydantic import SerializeAsAny

from mcp_servers.activities.vocabulary import RUNNING
from mcp_servers.serving.results import OpenOutput, Output, clean, plain

_DETAILS = (
    "workout_type",
    "trainer",
    "commute",
    "manual",
    "private",
    "gear",
    "device_name",
    "calories",
    "partial",
    "elevation_method",
    "average_cadence",
    "average_watts",
)


class ActivityRow(Output):
    """One activity, short. Missing is null, never 0."""

    id: str
    name: str
    sport_type: str
    start_date: str
    start_date_local: str
    timezone: str
    weekday: str
    distance_m: float | None
    moving_time_s: float | None
    elapsed_time_s: float | None
    total_elevation_gain_m: float | None
    average_speed_mps: float | None
    pace_s_per_km: float | None
    average_heartrate_bpm: float | None
    max_heartrate_bpm: float | None
    heartrate_time_s: float | None
    average_temperature_c: float | None
    weather: list[str]
    summary: str

    @classmethod
    def from_api(cls, activity: dict[str, Any]) -> Self:
        """From the API's activity, which has Strava's names."""
        return cls.model_validate(_row(activity))


class ActivityDetail(ActivityRow, OpenOutput):
    """One activity with everything but its streams."""

    description: str | None
    laps: list[dict[str, Any]]

    @classmethod
    def from_api(cls, activity: dict[str, Any]) -> Self:
        """From the API's activity, which has Strava's names."""
        details = {name: activity.get(name) for name in _DETAILS}
        weather = {name: value for name, value in (activity.get("weather") or {}).items() if name != "bands"}
        return cls.model_validate(
            {
                **clean(details),
                **_row(activity),
                "max_speed_mps": activity.get("max_speed"),
                "timer_time_s": activity.get("timer_time"),
                "weather_measured": clean(weather) or None,
                "description": plain(activity.get("description") or "", 500) or None,
                "sources": clean(activity.get("sources") or []),
                "laps": [_lap(lap) for lap in (activity.get("laps") or [])[:50]],
            }
        )


class ActivityPage(Output):
    window: dict[str, Any]
    activities: list[SerializeAsAny[ActivityRow]]
    total_count: int
    next_cursor: str | None
    coverage: dict[str, Any]
    note: str | None = None


class Summary(OpenOutput):
    window: dict[str, Any]
    group_by: str
    groups: list[dict[str, Any]]
    total: dict[str, Any]
    coverage: dict[str, Any]


class Trend(OpenOutput):
    window: dict[str, Any]


class AthleteProfile(OpenOutput):
    name: str | None = None
    timezone: str | None = None


class UploadItem(Output):
    name: str
    status: str
    partial: bool = False
    reason: str | None = None
    activity_id: str | None = None


class KnownUpload(Output):
    sha256: str
    items: list[UploadItem]


class KnownUploads(Output):
    uploads: list[KnownUpload]


class UploadReport(Output):
    imported: int
    merged: int
    partial: int
    rejected: int
    items: list[UploadItem]


def _row(activity: dict[str, Any]) -> dict[str, Any]:
    weather = activity.get("weather") or {}
    speed = activity.get("average_speed")
    pace = round(1000 / speed, 1) if speed and activity.get("sport_type") in RUNNING else None
    # The watch on a wrist measures the wrist; weather comes first.
    temperature = weather.get("temperature_c")
    row = {
        "id": activity.get("id"),
        "name": plain(activity.get("name") or ""),
        "sport_type": activity.get("sport_type"),
        "start_date": activity.get("start_date"),
        "start_date_local": activity.get("start_date_local"),
        "timezone": activity.get("timezone"),
        "weekday": activity.get("weekday"),
        "distance_m": activity.get("distance"),
        "moving_time_s": activity.get("moving_time"),
        "elapsed_time_s": activity.get("elapsed_time"),
        "total_elevation_gain_m": activity.get("total_elevation_gain"),
        "average_speed_mps": speed,
        "pace_s_per_km": pace,
        "average_heartrate_bpm": activity.get("average_heartrate"),
        "max_heartrate_bpm": activity.get("max_heartrate"),
        "heartrate_time_s": activity.get("heartrate_time"),
        "average_temperature_c": activity.get("average_temp") if temperature is None else temperature,
        "weather": weather.get("bands") or [],
    }
    return {**row, "summary": _line(row)}


def _line(row: dict[str, Any]) -> str:
    parts = [
        f"{row['distance_m'] / 1000:.1f} km" if row["distance_m"] else None,
        _clock(row["moving_time_s"]) if row["moving_time_s"] else None,
        f"{_clock(row['pace_s_per_km'])} /km" if row["pace_s_per_km"] else None,
        f"{row['average_heartrate_bpm']:.0f} bpm" if row["average_heartrate_bpm"] else None,
        f"{row['average_temperature_c']:.0f} °C" if row["average_temperature_c"] is not None else None,
    ]
    day = str(row["start_date_local"])[:10]
    facts = ", ".join(part for part in parts if part) or "no measurements"
    return f"{row['sport_type']} on {row['weekday']} {day}: {facts}"


def _clock(seconds: float) -> str:
    """H:MM:SS, or M:SS below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


_LAP_UNITS = {
    "elapsed_time": "elapsed_time_s",
    "moving_time": "moving_time_s",
    "distance": "distance_m",
    "total_elevation_gain": "total_elevation_gain_m",
    "average_speed": "average_speed_mps",
    "average_heartrate": "average_heartrate_bpm",
    "max_heartrate": "max_heartrate_bpm",
}


def _lap(lap: dict[str, Any]) -> dict[str, Any]:
    return {_LAP_UNITS.get(name, name): clean(value) for name, value in lap.items()}
