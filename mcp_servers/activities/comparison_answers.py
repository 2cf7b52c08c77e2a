"""What is told of activities side by side: each in a row, and how the others differ from the first."""

from typing import Final

from identity.untrusted_text import NAME_LENGTH as LONG_NAME
from identity.untrusted_text import plain
from mcp_servers.activities.quantities import Json, usual_digits
from mcp_servers.activities.readable import DEVICE_SENSOR, Units, activity_line, clock, units_of
from mcp_servers.activities.series import NAME_LENGTH
from mcp_servers.activities.vocabulary import WORKOUTS
from mcp_servers.activities.zone_answers import zones_answer
from mcp_servers.serving.budget import ResponseFormat
from mcp_servers.serving.results import OpenOutput, clean

# As the row of an activity names them, and as the readable line does.
_IN_THE_LINE: Final = {
    "sport_type": "sport_type",
    "workout_type": "workout_type",
    "distance_m": "distance",
    "moving_time_s": "moving_time",
    "average_speed_mps": "average_speed",
    "average_heartrate_bpm": "average_heartrate",
    "total_elevation_gain_m": "total_elevation_gain",
}


class Comparison(OpenOutput):
    """Activities as the API compares them; a difference is the activity less the first one."""

    measurement_preference: str | None = None
    activities: list[Json]
    differences_from_first: list[Json]
    coverage: Json
    caution: str | None = None


def comparison_answer(document: Json, response_format: ResponseFormat) -> Comparison:
    """The API's comparison as it is told. There are at most five activities, so all of them fit."""
    known, units = clean(document), units_of(document)
    concise = response_format == "concise"
    rows = known.get("activities") or []
    by_id = {row["id"]: row for row in rows}
    zones = zones_answer(known.get("zones") or {})
    answer: Json = {
        **known,
        "activities": [_row(row, units, concise=concise) for row in rows],
        "differences_from_first": [
            _difference(each, rows[0], by_id[each["id"]], units) for each in known.get("differences_from_first") or []
        ],
        "zones": {name: value for name, value in zones.items() if name != "zones"} if concise else zones,
    }
    return Comparison.model_validate({name: value for name, value in answer.items() if name != "method" or not concise})


def _row(row: Json, units: Units, *, concise: bool) -> Json:
    told: Json = {
        **usual_digits(row),
        "name": plain(row.get("name") or "", NAME_LENGTH if concise else LONG_NAME),
        "workout": WORKOUTS.get(row.get("workout_type") or 0),
        "summary": _line(row, units),
    }
    unsaid = _unsaid(row) if concise else {"workout_type"}
    return {name: value for name, value in told.items() if name not in unsaid}


def _unsaid(row: Json) -> set[str]:
    """What a concise row leaves out: its line names the workout, and runs have a pace, everything else a speed."""
    paced = row.get("pace_s_per_km") is not None
    rates = {"average_speed_mps"} if paced else {"pace_s_per_km", "grade_adjusted_pace_s_per_km"}
    sources = set() if row.get("weather_source") == DEVICE_SENSOR else {"weather_source"}
    return {"workout_type", "workout"} | rates | sources


def _line(row: Json, units: Units) -> str:
    line = {there: row.get(here) for here, there in _IN_THE_LINE.items()}
    return activity_line(
        {**line, "weather": {"temperature_c": row.get("temperature_c"), "source": row.get("weather_source")}}, units
    )


def _difference(difference: Json, first: Json, row: Json, units: Units) -> Json:
    """With the day of the activity; `noise` says all that `within_noise` does."""
    kept = {name: value for name, value in difference.items() if name not in {"id", "within_noise"}}
    parts = [
        _beats(difference),
        _paces(difference.get("pace_s_per_km"), units),
        _temperatures(difference.get("temperature_c"), first, row),
    ]
    day = {name: row.get(name) for name in ("id", "date", "weekday")}
    return {**day, **usual_digits(kept), "summary": "; ".join(part for part in parts if part) or "nothing to compare"}


def _beats(difference: Json) -> str | None:
    change, limit = difference.get("heartrate_bpm"), difference.get("smallest_detectable_bpm")
    if change is None or limit is None:
        return None
    return f"{round(change, 1) + 0.0:+.1f} bpm, {difference.get('noise')} (±{limit:.1f} bpm)"


def _paces(change_s_per_km: float | None, units: Units) -> str | None:
    if change_s_per_km is None:
        return None
    change_s = round(change_s_per_km * units.long_m / 1000)
    if not change_s:
        return "same pace"
    return f"{clock(abs(change_s))} min/{units.long} {'slower' if change_s > 0 else 'faster'}"


def _temperatures(change_c: float | None, *rows: Json) -> str | None:
    if change_c is None or not round(change_c):
        return None
    by_the_watch = any(row.get("weather_source") == DEVICE_SENSOR for row in rows)
    return f"{abs(change_c):.0f} °C {'warmer' if change_c > 0 else 'cooler'}{' by the watch' if by_the_watch else ''}"
