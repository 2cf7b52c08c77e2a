"""What is told of single activities: rows of a list, and one activity with the parts that were asked for.

No streams, no coordinates and no polyline are among the fields that are taken over, so none can leave a tool.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from pydantic import SerializeAsAny

from identity.untrusted_text import plain
from mcp_servers.activities.quantities import Json, pace_s_per_km, quantities, rounded
from mcp_servers.activities.readable import (
    DEVICE_SENSOR,
    Units,
    activity_line,
    temperature_of,
    units_of,
    weather_source_of,
)
from mcp_servers.activities.series import MOST_OF_A_SERIES, Telling, recorded_series
from mcp_servers.activities.vocabulary import RUNNING, WORKOUTS, Part
from mcp_servers.activities.zone_answers import zones_answer
from mcp_servers.serving.budget import MOST_TOKENS, ResponseFormat, most_that_fits
from mcp_servers.serving.results import TEXT_LENGTH, OpenOutput, Output, clean

DESCRIPTION_LENGTH: Final = 200
LABEL_LENGTH: Final = 60
MOST_SOURCES: Final = 5

_MEASURED: Final = ("distance", "moving_time", "total_elevation_gain", "average_heartrate")
_MORE: Final = (
    "elapsed_time", "timer_time", "average_speed", "max_speed", "max_heartrate", "heartrate_time", "elev_high",
    "elev_low", "average_cadence", "average_watts", "weighted_average_watts", "kilojoules", "calories",
    "perceived_exertion",
)  # fmt: skip
_FLAGS: Final = ("trainer", "commute", "manual", "private", "partial")
_LABELS: Final = ("gear", "device_name", "partial_reason", "elevation_method", "timezone_source")


class ActivityRow(OpenOutput):
    """One activity. Further members are quantities with the unit in their name; a missing one is null, never 0."""

    id: str
    name: str
    sport_type: str
    start_date: str
    start_date_local: str
    timezone: str
    weekday: str
    summary: str


class ActivityPage(Output):
    """One page of a list; `bands` say what the weather words of the question mean."""

    window: Json
    bands: dict[str, str]
    measurement_preference: str | None = None
    activities: list[SerializeAsAny[ActivityRow]]
    total_count: int
    next_cursor: str | None
    coverage: Json
    note: str | None = None


def activity_row(activity: Json, units: Units, response_format: ResponseFormat = "concise") -> ActivityRow:
    """One activity of the API as a row; a detailed one also has what the athlete wrote and what measured it."""
    more = {} if response_format == "concise" else _details(activity)
    return ActivityRow.model_validate({**_row(activity, units), **more})


def activity_page(document: Json, weather: Sequence[str], response_format: ResponseFormat) -> ActivityPage:
    """The API's page as it is told, all of its rows.

    Args:
        document: Of the API.
        weather: What was asked for; the bands of these names are told.
        response_format: Of the rows.
    """
    units = units_of(document)
    rows = [activity_row(each, units, response_format) for each in document.get("activities", [])]
    rest = clean({name: value for name, value in document.items() if name != "activities"})
    bands = {name: text for name, text in (rest.get("bands") or {}).items() if name in weather}
    return ActivityPage.model_validate({**rest, "bands": bands, "activities": rows})


def one_activity(
    activity: Json, include: Sequence[Part], response_format: ResponseFormat, *, zones: Json | None = None
) -> ActivityRow:
    """One activity with parts of it; long series are thinned until the answer fits."""
    units, detailed = units_of(activity), response_format == "detailed"
    recorded = recorded_series(activity, units)
    whole: Json = {
        **_row(activity, units),
        "max_heartrate_bpm": rounded(activity.get("max_heartrate")),
        "elapsed_time_s": rounded(activity.get("elapsed_time")),
        "measurement_preference": activity.get("measurement_preference"),
        **_description(activity, DESCRIPTION_LENGTH),
        **(_details(activity) if detailed else {}),
        "available": {name: len(rows) for name, rows in recorded.items()},
    }
    if "weather" in include:
        whole["weather_measured"] = _weather(activity)
    if zones is not None:
        whole["heart_rate_zones"] = zones_answer(zones)
    wanted = {name: rows for name, rows in recorded.items() if name in include}
    told = Telling(activity.get("sport_type"), units, response_format)
    build = partial(_with_series, whole, wanted, told)
    return build(most_that_fits(build, MOST_OF_A_SERIES, MOST_TOKENS[response_format]))


def _with_series(whole: Json, wanted: Mapping[str, Sequence[Json]], told: Telling, most: int) -> ActivityRow:
    return ActivityRow.model_validate({**whole, **told.series(wanted, most)})


def _row(activity: Json, units: Units) -> Json:
    running = activity.get("sport_type") in RUNNING
    speed = activity.get("average_speed")
    pace = {"pace_s_per_km": pace_s_per_km(speed)} if running else {"average_speed_mps": rounded(speed, "_mps")}
    weather, source = activity.get("weather") or {}, weather_source_of(activity)
    return {
        "id": activity.get("id"),
        "name": plain(activity.get("name") or ""),
        **{name: activity.get(name) for name in ("sport_type", "start_date", "start_date_local", "timezone")},
        "weekday": activity.get("weekday"),
        **quantities(activity, _MEASURED),
        **pace,
        "average_temperature_c": rounded(temperature_of(activity)),
        "weather": weather.get("bands") or [],
        **({"weather_source": source} if source == DEVICE_SENSOR else {}),
        "summary": activity_line(activity, units),
    }


def _details(activity: Json) -> Json:
    labels = {name: plain(activity[name], LABEL_LENGTH) if activity.get(name) else None for name in _LABELS}
    sources = [
        {"kind": each.get("kind"), "name": plain(str(each.get("name") or ""), LABEL_LENGTH)}
        for each in (activity.get("sources") or [])[:MOST_SOURCES]
    ]
    return {
        **quantities(activity, _MORE),
        "workout": WORKOUTS.get(activity.get("workout_type") or 0),
        **{name: bool(activity.get(name)) for name in _FLAGS},
        **labels,
        "weather_source": weather_source_of(activity),
        **_description(activity, TEXT_LENGTH),
        "sources": sources,
    }


def _description(activity: Json, limit: int) -> Json:
    return {"description": plain(activity.get("description") or "", limit) or None}


def _weather(activity: Json) -> Json | None:
    weather = activity.get("weather")
    if not weather:
        return None
    return {name: rounded(value, "_mps") for name, value in clean(weather).items() if name != "bands"}
