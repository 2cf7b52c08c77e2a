"""Answers about single activities: last, longest, fastest, one day, a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.lengths import is_settled, long_enough, ranked, reaches_the_limit
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
    found = succeeded(outcomes, "search_activities")[0]
    if not found["activities"]:
        return _none(request, found)
    activity, scope = found["activities"][0], _scope(request, found)
    called = _CALLED[request.extreme or "last"]
    return f"Your {called} {wording.activity_noun(request, 1)}{scope}:\n\n- {activity_line(activity)}"


def day(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Everything of one day."""
    found = succeeded(outcomes, "search_activities")[0]
    if not found["activities"]:
        return _none(request, found)
    return "\n".join([wording.heading(request, found.get("window")), "", *_bullets(found["activities"])])


def recent(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """A list, newest first, and how many there are altogether."""
    found, *more = succeeded(outcomes, "search_activities")
    if request.min_distance_m is not None and request.extreme:
        return _ranked(request, [found, *more])
    if request.min_distance_m is not None:
        return _longer_than(request, found)
    activities = found["activities"]
    if not activities:
        return _none(request, found)
    lines = [wording.heading(request, found.get("window")), "", *_bullets(activities)]
    if found.get("total_count", 0) > len(activities):
        lines += [
            "",
            f"These are the {_CALLED[request.extreme] if request.extreme else 'newest'} of {found['total_count']}.",
        ]
    return "\n".join(lines)


def _longer_than(request: Request, found: Mapping[str, Any]) -> str:
    """The longest activities, as far as they are longer than was asked for."""
    longer = long_enough(request, found)
    nouns, limit = wording.activity_noun(request, 2), _limit(request)
    if not longer:
        return f"There are no {nouns} of {limit} or more{_scope(request, found)}."
    lines = [f"{nouns.capitalize()} of {limit} or more, longest first{_scope(request, found)}:", "", *_bullets(longer)]
    if len(longer) == len(found["activities"]) and found.get("next_cursor"):
        lines += ["", "There may be more; these are the longest."]
    return "\n".join(lines)


def _ranked(request: Request, pages: Sequence[Mapping[str, Any]]) -> str:
    """The fastest, the last, … of those of a length."""
    chosen = ranked(request, pages)
    scope, called = _scope(request, pages[0]), _CALLED[request.extreme or "last"]
    if not chosen:
        unsure = "" if any(reaches_the_limit(request, page) for page in pages) else " among those I looked through"
        return f"There are no {wording.activity_noun(request, 2)} of {_limit(request)} or more{scope}{unsure}."
    if request.limit == 1:
        title = f"Your {called} {wording.activity_noun(request, 1)} of {_limit(request)} or more{scope}:"
    else:
        nouns = wording.activity_noun(request, 2).capitalize()
        title = f"{nouns} of {_limit(request)} or more, {called} first{scope}:"
    settled = is_settled(request, pages[0]) or any(reaches_the_limit(request, page) for page in pages[1:])
    doubt = [] if settled else ["", "There are more of that length than I could look through."]
    return "\n".join([title, "", *_bullets(chosen), *doubt])


def _limit(request: Request) -> str:
    return f"{(request.min_distance_m or 0) / 1000:g} km"


def activity_line(activity: Mapping[str, Any]) -> str:
    """One activity on one line; what it has no value for is said where it matters, and left out elsewhere."""
    started = str(activity.get("start_date_local") or activity.get("start_date") or "")[:10]
    facts = [
        _distance_and_heart_rate(activity),
        wording.duration(activity.get("moving_time_s")),
        _rate(activity),
        wording.climb(activity.get("total_elevation_gain_m")) if activity.get("total_elevation_gain_m") else None,
        _weather(activity),
    ]
    weekday = wording.quoted(str(activity.get("weekday") or ""))
    name = wording.quoted(str(activity.get("name") or activity.get("sport_type") or "activity"), 80)
    sport_type = wording.quoted(str(activity.get("sport_type", "")))
    day_of_it = f"{weekday} {started}".strip()
    return f"**{day_of_it}** {name} ({sport_type}): {wording.sentence_list(facts)}"


def _distance_and_heart_rate(activity: Mapping[str, Any]) -> str:
    distance = wording.distance(activity.get("distance_m"))
    mean = wording.heart_rate(activity.get("average_heartrate_bpm"))
    return " ".join(part for part in [distance, f"at {mean}" if mean else "(no heart rate)"] if part)


def _rate(activity: Mapping[str, Any]) -> str | None:
    return wording.pace(activity.get("pace_s_per_km")) or wording.speed(activity.get("average_speed_mps"))


def _weather(activity: Mapping[str, Any]) -> str | None:
    bands = [wording.quoted(str(band)) for band in activity.get("weather") or []]
    return (
        " ".join(part for part in [wording.temperature(activity.get("average_temperature_c")), "/".join(bands)] if part)
        or None
    )


def _bullets(activities: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"- {activity_line(activity)}" for activity in activities]


def _scope(request: Request, found: Mapping[str, Any]) -> str:
    weather = f" {wording.in_weather(request)}" if request.weather else ""
    return f"{weather} ({wording.when(found.get('window'))})" if request.window and request.window != "all" else weather


def _none(request: Request, found: Mapping[str, Any]) -> str:
    weather = f" {wording.in_weather(request)}" if request.weather else ""
    days = wording.when(found.get("window"))
    span = "" if request.window in {None, "all"} else f" on {days}" if days[:1].isdigit() else f" ({days})"
    return f"There are no {wording.activity_noun(request, 2)}{weather}{span}."
