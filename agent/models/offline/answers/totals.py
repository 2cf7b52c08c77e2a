"""Answers about sums and means: one span of time, its parts, or two spans against each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import Metric

_MOST_ROWS = 60


def totals(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Count, sums and the time-weighted mean heart rate of one selection.

    Where no dates were named and the last 30 days hold nothing, all time was asked for as well.
    """
    first, *wider = succeeded(outcomes, "summarize_activities")
    if not wider:
        return "\n".join(summary_lines(request, first))
    none = f"There are no {wording.activity_noun(request, 2)}{wording.in_weather_after(request)} in the last 30 days."
    if wider[0]["total"]["count"] == 0:
        return f"{none} Nor are there any before{_missing_weather(request)}."
    return "\n".join([none, "", *summary_lines(replace(request, window="all"), wider[0])])


def summary_lines(request: Request, summary: Mapping[str, Any]) -> list[str]:
    """One summary as Markdown lines; the quantity asked for comes first."""
    total, title = summary["total"], wording.heading(request, summary.get("window"))
    if total["count"] == 0:
        return [
            title,
            "",
            f"There are no {wording.activity_noun(request, 2)} here{_missing_weather(request)}.",
        ]
    facts = _facts(request, summary)
    first = facts.pop(request.metric, None) if request.metric else None
    lines = [f"- {fact}" for fact in [first, *facts.values()] if fact]
    if request.text == "for each":
        nouns = wording.activity_noun(request, 2)
        lines.append(f"\nThese are sums; I do not divide them by the number of {nouns}.")
    return [title, "", *lines, *undated(request, summary)]


def _facts(request: Request, summary: Mapping[str, Any]) -> dict[Metric, str | None]:
    total = summary["total"]
    return {
        "count": _sums(request, total),
        "max_heart_rate": _highest_heart_rate(request, total),
        "heart_rate": heart_rate_line(request, summary),
        "pace": _speed_line(request, total),
        "temperature": _temperature_line(total),
    }


def _sums(request: Request, total: Mapping[str, Any]) -> str:
    """Count, distance, time and climbing on one line; the one that was asked for first and bold."""
    sums: dict[Metric, str | None] = {
        "count": f"{total['count']} {wording.activity_noun(request, total['count'])}",
        "distance": wording.distance(total["distance_m"]),
        "time": f"{wording.duration(total['moving_time_s'])} moving",
        "elevation": wording.climb(total["total_elevation_gain_m"]),
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


def _speed_line(request: Request, total: Mapping[str, Any]) -> str | None:
    if request.sport is None and request.metric != "pace":  # one mean over runs and rides tells nothing
        return None
    if total.get("pace_s_per_km") is not None:
        return f"average pace {wording.pace(total['pace_s_per_km'])}"
    mean = wording.speed(total.get("average_speed_mps"))
    return f"average speed {mean}" if mean else None


def _temperature_line(total: Mapping[str, Any]) -> str | None:
    mean = wording.temperature(total.get("average_temperature_c"))
    known, count = total.get("weather_count"), total["count"]
    return f"average temperature {mean} (weather known for {known} of {count})" if mean else None


def _missing_weather(request: Request) -> str:
    """Where weather filtered everything out, that is all that can be said: no weather is not dry weather."""
    return "; activities whose weather is not known are not counted" if request.weather else ""


def undated(request: Request, summary: Mapping[str, Any]) -> list[str]:
    """Says which dates were taken where none were named."""
    name = wording.span_name(summary.get("window"))
    return [] if request.window or not name else ["", f"No dates were named, so these are the {name}."]


def breakdown(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """One row per week, month, sport or weather."""
    summary = succeeded(outcomes, "summarize_activities")[0]
    groups = summary["groups"][:_MOST_ROWS]
    if not groups:
        return "\n".join(summary_lines(request, summary))
    more = _COLUMNS.get(request.metric) if request.metric else None
    rows = [_row(group, more) for group in groups]
    title, rule = (f" {more[0]} |", "---|") if more else ("", "")
    lines = [
        wording.heading(request, summary.get("window")),
        "",
        f"| {request.group_by} | count | distance | moving time | average heart rate | with heart rate |{title}",
        f"|---|---|---|---|---|---|{rule}",
        *rows,
        *_top(request, groups),
    ]
    if (request.window or "last_").startswith("last_") and request.group_by in {"week", "month"}:
        lines += ["", f"The first and the last {request.group_by} can be incomplete."]
    if request.group_by == "weather":
        lines += ["", "One activity can count in several kinds of weather."]
    return "\n".join(lines)


_COLUMNS: Mapping[Metric, tuple[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "elevation": ("climbing", lambda group: f"{group['total_elevation_gain_m']:.0f} m"),
    "max_heart_rate": ("highest heart rate", lambda group: wording.heart_rate(group["max_heartrate_bpm"])),
    "temperature": ("temperature", lambda group: wording.temperature(group["average_temperature_c"])),
    "pace": (
        "pace or speed",
        lambda group: wording.pace(group["pace_s_per_km"]) or wording.speed(group["average_speed_mps"]),
    ),
}
_RANKED: Mapping[Metric, tuple[str, str, Callable[[float], str | None]]] = {
    "count": ("activities", "count", lambda value: f"{value:.0f}"),
    "distance": ("distance", "distance_m", wording.distance),
    "time": ("time moving", "moving_time_s", wording.duration),
    "elevation": ("climbing", "total_elevation_gain_m", lambda value: f"{value:.0f} m"),
}


def _top(request: Request, groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which row has the most of what was asked for, or the least."""
    noun, key, written = _RANKED.get(request.metric or "distance", _RANKED["distance"])
    if len(groups) < 2 or request.metric not in {None, *_RANKED}:  # noqa: PLR2004 - one row is no ranking
        return []
    chosen = (min if request.text == "least" else max)(groups, key=lambda group: float(group[key] or 0))
    which = "Least" if request.text == "least" else "Most"
    return ["", f"{which} {noun}: **{wording.quoted(str(chosen['label']))}**, {written(chosen[key])}."]


def _row(group: Mapping[str, Any], more: tuple[str, Callable[[Mapping[str, Any]], str | None]] | None) -> str:
    cells = [
        wording.quoted(str(group["label"])),
        str(group["count"]),
        wording.distance(group["distance_m"]),
        wording.duration(group["moving_time_s"]),
        wording.heart_rate(group["average_heartrate_bpm"], decimals=1) or "not known",
        f"{group['heartrate_count']} of {group['count']}",
        *([more[1](group)] if more else []),
    ]
    return f"| {' | '.join(cell or 'not known' for cell in cells)} |"
