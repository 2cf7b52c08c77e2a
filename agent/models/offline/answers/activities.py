"""Answers about single activities: last, longest, fastest, one day, a list."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.units import IMPERIAL, METRIC, Units, units_of
from agent.models.offline.calls import ToolOutcome
from agent.models.offline.first_calls import has_length
from agent.models.offline.pages import listed
from agent.models.offline.request import Extreme, Request

_CALLED: Mapping[Extreme, str] = {
    "last": "latest",
    "first": "first",
    "longest": "longest",
    "longest_time": "longest (by moving time)",
    "shortest": "shortest",
    "fastest": "fastest",
    "slowest": "slowest",
}


def extreme(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The one activity that was asked for."""
    found = listed(outcomes)
    if not found["activities"]:
        return _none(request, found)
    activity, scope = found["activities"][0], _scope(request, found)
    called = _CALLED[request.extreme or "last"]
    noun = wording.activity_noun(request, 1)
    return f"Your {called} {noun}{scope}:\n\n- {activity_line(activity, units_of(outcomes))}"


def day(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Everything of one day."""
    found = listed(outcomes)
    if not found["activities"]:
        return _none(request, found)
    rows = _bullets(found["activities"], units_of(outcomes))
    return "\n".join([wording.heading(request, found.get("window")), "", *rows])


def recent(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """A list, newest first or in the asked order, and how many there are altogether."""
    found, units = listed(outcomes), units_of(outcomes)
    if has_length(request):
        return _of_a_length(request, found, units)
    activities = found["activities"]
    if not activities:
        return _none(request, found)
    lines = [wording.heading(request, found.get("window")), "", *_bullets(activities, units)]
    return "\n".join([*lines, *_more(_CALLED[request.extreme] if request.extreme else "newest", found)])


def _of_a_length(request: Request, found: Mapping[str, Any], units: Units) -> str:
    """Those of a length, the longest first or in the asked order."""
    activities, length, scope = found["activities"], _length(request), _scope(request, found)
    if not all(_fits(request, activity) for activity in activities):  # a server of an earlier version
        return f"The activities team cannot look for {wording.activity_noun(request, 2)} {length} yet."
    if not activities:
        return f"There are no {wording.activity_noun(request, 2)} {length}{scope}."
    called = _CALLED[request.extreme or "longest"]
    if request.extreme and request.limit == 1:
        title = f"Your {called} {wording.activity_noun(request, 1)} {length}{scope}:"
    else:
        title = f"{wording.activity_noun(request, 2).capitalize()} {length}, {called} first{scope}:"
    more = _more(called, found) if request.limit > 1 else []
    return "\n".join([title, "", *_bullets(activities, units), *more])


def _fits(request: Request, activity: Mapping[str, Any]) -> bool:
    metres = activity.get("distance_m") or 0
    return (request.min_distance_m or 0) <= metres <= (request.max_distance_m or math.inf)


def _length(request: Request) -> str:
    """The lengths as the question gave them, in its own unit."""
    units = IMPERIAL if request.in_miles else METRIC
    least, most = request.min_distance_m, request.max_distance_m
    if least is not None and most is not None:
        return f"of {units.limit(least)} to {units.limit(most)}"
    return f"of {units.limit(least)} or more" if least is not None else f"of {units.limit(most or 0)} at most"


def _more(called: str, found: Mapping[str, Any]) -> list[str]:
    there_are = found.get("total_count") or 0
    return ["", f"These are the {called} of {there_are}."] if there_are > len(found["activities"]) else []


def activity_line(activity: Mapping[str, Any], units: Units) -> str:
    """One activity on one line; what it has no value for is said where it matters, and left out elsewhere."""
    started = str(activity.get("start_date_local") or activity.get("start_date") or "")[:10]
    facts = [
        _distance_and_heart_rate(activity, units),
        wording.duration(activity.get("moving_time_s")),
        units.pace(activity.get("pace_s_per_km")) or units.speed(activity.get("average_speed_mps")),
        units.climb(activity.get("total_elevation_gain_m")) if activity.get("total_elevation_gain_m") else None,
        _weather(activity),
    ]
    weekday = wording.quoted(str(activity.get("weekday") or ""))
    name = wording.quoted(str(activity.get("name") or activity.get("sport_type") or "activity"), 80)
    sport_type = wording.quoted(str(activity.get("sport_type", "")))
    day_of_it = f"{weekday} {started}".strip()
    return f"**{day_of_it}** {name} ({sport_type}): {wording.sentence_list(facts)}"


def _distance_and_heart_rate(activity: Mapping[str, Any], units: Units) -> str:
    distance = units.distance(activity.get("distance_m"))
    mean = wording.heart_rate(activity.get("average_heartrate_bpm"))
    return " ".join(part for part in [distance, f"at {mean}" if mean else "(no heart rate)"] if part)


def _weather(activity: Mapping[str, Any]) -> str | None:
    bands = [wording.quoted(str(band)) for band in activity.get("weather") or []]
    temperature = wording.temperature(activity.get("average_temperature_c"))
    if temperature and activity.get("weather_source") == "device_sensor":
        temperature += " by the watch"
    return " ".join(part for part in [temperature, "/".join(bands)] if part) or None


def _bullets(activities: Sequence[Mapping[str, Any]], units: Units) -> list[str]:
    return [f"- {activity_line(activity, units)}" for activity in activities]


def _scope(request: Request, found: Mapping[str, Any]) -> str:
    weather = f" {wording.in_weather(request)}" if request.weather else ""
    return f"{weather} ({wording.when(found.get('window'))})" if request.window and request.window != "all" else weather


def _none(request: Request, found: Mapping[str, Any]) -> str:
    weather = f" {wording.in_weather(request)}" if request.weather else ""
    days = wording.when(found.get("window"))
    span = "" if request.window in {None, "all"} else f" on {days}" if days[:1].isdigit() else f" ({days})"
    return f"There are no {wording.activity_noun(request, 2)}{weather}{span}."
