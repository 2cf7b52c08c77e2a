"""Answers that break sums and means down: one row per week, month, sport or kind of weather."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.totals import summary_lines
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import Metric

_MOST_ROWS = 60

Group = Mapping[str, Any]


def breakdown(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """One row per week, month, sport or weather."""
    summary, units = succeeded(outcomes, "summarize_activities")[0], units_of(outcomes)
    groups = summary["groups"][-_MOST_ROWS:]
    if not groups:
        return "\n".join(summary_lines(request, summary, units))
    more = _columns(units).get(request.metric) if request.metric else None
    title, rule = (f" {more[0]} |", "---|") if more else ("", "")
    lines = [
        wording.heading(request, summary.get("window")),
        "",
        f"| {request.group_by} | count | distance | moving time | average heart rate | with heart rate |{title}",
        f"|---|---|---|---|---|---|{rule}",
        *(_row(group, units, more[1] if more else None) for group in groups),
        *_top(request, groups, units),
    ]
    if (request.window or "last_").startswith("last_") and request.group_by in {"week", "month"}:
        lines += ["", f"The first and the last {request.group_by} can be incomplete."]
    if request.group_by == "weather":
        lines += ["", "One activity can count in several kinds of weather."]
    return "\n".join([*lines, *_not_shown(request, groups, summary)])


def _columns(units: Units) -> Mapping[Metric, tuple[str, Callable[[Group], str | None]]]:
    return {
        "elevation": ("climbing", lambda group: units.height(group["total_elevation_gain_m"])),
        "max_heart_rate": ("highest heart rate", lambda group: wording.heart_rate(group.get("max_heartrate_bpm"))),
        "temperature": ("temperature", lambda group: wording.temperature(group.get("average_temperature_c"))),
        "pace": (
            "pace or speed",
            lambda group: units.pace(group.get("pace_s_per_km")) or units.speed(group.get("average_speed_mps")),
        ),
    }


def _ranked(units: Units) -> Mapping[Metric, tuple[str, str, Callable[[float], str | None]]]:
    return {
        "count": ("activities", "count", lambda value: f"{value:.0f}"),
        "distance": ("distance", "distance_m", units.distance),
        "time": ("time moving", "moving_time_s", wording.duration),
        "elevation": ("climbing", "total_elevation_gain_m", units.height),
    }


def _top(request: Request, groups: Sequence[Group], units: Units) -> list[str]:
    """Which row has the most of what was asked for, or the least."""
    ranked = _ranked(units)
    noun, key, written = ranked.get(request.metric or "distance", ranked["distance"])
    if len(groups) < 2 or request.metric not in {None, *ranked}:  # noqa: PLR2004 - one row is no ranking
        return []
    chosen = (min if request.text == "least" else max)(groups, key=lambda group: float(group[key] or 0))
    which = "Least" if request.text == "least" else "Most"
    return ["", f"{which} {noun}: **{wording.quoted(str(chosen['label']))}**, {written(chosen[key])}."]


def _not_shown(request: Request, groups: Sequence[Group], summary: Mapping[str, Any]) -> list[str]:
    """Says that there are more rows: a ranking is then one of the rows that are shown."""
    there_are = summary.get("group_count") or len(summary["groups"])
    if there_are <= len(groups):
        return []
    called = "newest" if request.group_by in {"week", "month"} else "first"
    return ["", f"These are the {called} of {there_are}. Name earlier dates for the others."]


def _row(group: Group, units: Units, more: Callable[[Group], str | None] | None) -> str:
    cells = [
        wording.quoted(str(group["label"])),
        str(group["count"]),
        units.distance(group["distance_m"]),
        wording.duration(group["moving_time_s"]),
        wording.heart_rate(group["average_heartrate_bpm"], decimals=1) or "not known",
        f"{group['heartrate_count']} of {group['count']}",
        *([more(group)] if more else []),
    ]
    return f"| {' | '.join(cell or 'not known' for cell in cells)} |"
