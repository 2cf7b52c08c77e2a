"""Answers about sums and means of one span of time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import Metric


def totals(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Count, sums and the time-weighted mean heart rate of one selection.

    Where no dates were named and the last 30 days hold nothing, all time was asked for as well.
    """
    units = units_of(outcomes)
    first, *wider = succeeded(outcomes, "summarize_activities")
    if not wider:
        return "\n".join(summary_lines(request, first, units))
    none = f"There are no {wording.activity_noun(request, 2)}{wording.in_weather_after(request)} in the last 30 days."
    if wider[0]["total"]["count"] == 0:
        return f"{none} Nor are there any before{_missing_weather(request)}."
    return "\n".join([none, "", *summary_lines(replace(request, window="all"), wider[0], units)])


def summary_lines(request: Request, summary: Mapping[str, Any], units: Units) -> list[str]:
    """One summary as Markdown lines; the quantity asked for comes first."""
    total, title = summary["total"], wording.heading(request, summary.get("window"))
    if total["count"] == 0:
        return [
            title,
            "",
            f"There are no {wording.activity_noun(request, 2)} here{_missing_weather(request)}.",
        ]
    facts = _facts(request, summary, units)
    first = facts.pop(request.metric, None) if request.metric else None
    lines = [f"- {fact}" for fact in [first, *facts.values()] if fact]
    if request.text == "for each":
        nouns = wording.activity_noun(request, 2)
        lines.append(f"\nThese are sums; I do not divide them by the number of {nouns}.")
    return [title, "", *lines, *undated(request, summary)]


def _facts(request: Request, summary: Mapping[str, Any], units: Units) -> dict[Metric, str | None]:
    total = summary["total"]
    return {
        "count": _sums(request, total, units),
        "max_heart_rate": _highest_heart_rate(request, total),
        "heart_rate": heart_rate_line(request, summary),
        "pace": _speed_line(request, total, units),
        "temperature": _temperature_line(total),
    }


def _sums(request: Request, total: Mapping[str, Any], units: Units) -> str:
    """Count, distance, time and climbing on one line; the one that was asked for first and bold."""
    sums: dict[Metric, str | None] = {
        "count": f"{total['count']} {wording.activity_noun(request, total['count'])}",
        "distance": units.distance(total["distance_m"]),
        "time": f"{wording.duration(total['moving_time_s'])} moving",
        "elevation": units.climb(total["total_elevation_gain_m"]),
    }
    asked: Metric = request.metric if request.metric in sums else "count"
    return wording.sentence_list([f"**{sums.pop(asked)}**", *sums.values()])


def _highest_heart_rate(request: Request, total: Mapping[str, Any]) -> str | None:
    if request.metric != "max_heart_rate":
        return None
    highest = wording.heart_rate(total.get("max_heartrate_bpm"))
    return f"highest heart rate **{highest}**" if highest else "highest heart rate: not known"


def heart_rate_line(request: Request, summary: Mapping[str, Any]) -> str:
    """The time-weighted mean heart rate and how many activities it rests on."""
    total = summary["total"]
    count, having = total["count"], total["heartrate_count"]
    mean = wording.heart_rate(total["average_heartrate_bpm"], decimals=1)
    if mean is None:
        return f"average heart rate: not known, none of the {wording.activity_noun(request, 2)} has heart rate"
    noun, verb = wording.activity_noun(request, having), "has" if having == 1 else "have"
    if having == count:
        return f"average heart rate **{mean}**, weighted by time ({having} of {count} {verb} heart rate)"
    return (
        f"average heart rate **{mean}**, weighted by time, over the {having} {noun} that {verb} one "
        f"({having} of {count} activities)"
    )


def _speed_line(request: Request, total: Mapping[str, Any], units: Units) -> str | None:
    if request.sport is None and request.metric != "pace":  # one mean over runs and rides tells nothing
        return None
    if total.get("pace_s_per_km") is not None:
        return f"average pace {units.pace(total['pace_s_per_km'])}"
    mean = units.speed(total.get("average_speed_mps"))
    return f"average speed {mean}" if mean else None


def _temperature_line(total: Mapping[str, Any]) -> str | None:
    mean = wording.temperature(total.get("average_temperature_c"))
    known, count, sensed = total.get("weather_count"), total["count"], total.get("device_temperature_count")
    by_the_watch = f", for {sensed} of them by the watch alone" if sensed else ""
    return f"average temperature {mean} (weather known for {known} of {count}{by_the_watch})" if mean else None


def _missing_weather(request: Request) -> str:
    """Where weather filtered everything out, that is all that can be said: no weather is not dry weather."""
    return "; activities whose weather is not known are not counted" if request.weather else ""


def undated(request: Request, summary: Mapping[str, Any]) -> list[str]:
    """Says which dates were taken where none were named."""
    name = wording.span_name(summary.get("window"))
    return [] if request.window or not name else ["", f"No dates were named, so these are the {name}."]
