"""Answers about sums and means: one span of time, its parts, or two spans against each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.planner import other_side
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import Metric

_MOST_ROWS = 60


def totals(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Count, sums and the time-weighted mean heart rate of one selection."""
    return "\n".join(summary_lines(request, succeeded(outcomes, "summarize_activities")[0]))


def summary_lines(request: Request, summary: Mapping[str, Any]) -> list[str]:
    """One summary as Markdown lines; the quantity asked for comes first."""
    total, title = summary["total"], wording.heading(request, summary.get("window"))
    if total["count"] == 0:
        return [
            title,
            "",
            f"There are no {wording.activity_noun(request, 2)} here{_missing_weather(request, summary)}.",
        ]
    facts = _facts(request, summary)
    first = facts.pop(request.metric, None) if request.metric else None
    lines = [f"- {fact}" for fact in [first, *facts.values()] if fact]
    return [title, "", *lines, *_hint(request)]


def _facts(request: Request, summary: Mapping[str, Any]) -> dict[Metric, str | None]:
    total = summary["total"]
    sums = [
        f"**{total['count']} {wording.activity_noun(request, total['count'])}**",
        wording.distance(total["distance_m"]),
        f"{wording.duration(total['moving_time_s'])} moving",
        wording.climb(total["total_elevation_gain_m"]),
    ]
    return {
        "count": wording.sentence_list(sums),
        "heart_rate": heart_rate_line(request, summary),
        "pace": _speed_line(total),
        "temperature": _temperature_line(total),
    }


def heart_rate_line(request: Request, summary: Mapping[str, Any]) -> str:
    """The time-weighted mean heart rate and how many activities it rests on."""
    total = summary["total"]
    count, having = total["count"], total["heartrate_count"]
    mean = wording.heart_rate(total["average_heartrate_bpm"], decimals=1)
    if mean is None:
        return f"average heart rate: not known, none of the {wording.activity_noun(request, 2)} has heart rate"
    if having == count:
        return f"average heart rate **{mean}**, weighted by time ({having} of {count} have heart rate)"
    noun, verb = wording.activity_noun(request, having), "has" if having == 1 else "have"
    one = "one"
    return (
        f"average heart rate **{mean}**, weighted by time, over the {having} {noun} that {verb} {one} "
        f"({having} of {count} activities)"
    )


def _speed_line(total: Mapping[str, Any]) -> str | None:
    if total.get("pace_s_per_km") is not None:
        return f"average pace {wording.pace(total['pace_s_per_km'])}"
    mean = wording.speed(total.get("average_speed_mps"))
    return f"average speed {mean}" if mean else None


def _temperature_line(total: Mapping[str, Any]) -> str | None:
    mean = wording.temperature(total.get("average_temperature_c"))
    known, count = total.get("weather_count"), total["count"]
    return f"average temperature {mean} (weather known for {known} of {count})" if mean else None


def _missing_weather(request: Request, summary: Mapping[str, Any]) -> str:
    """Where weather filtered everything out, that is all that can be said: no weather is not dry weather."""
    return "; activities whose weather is not known are not counted" if request.weather and summary else ""


def _hint(request: Request) -> list[str]:
    return [] if request.window else ["", "No dates were named, so these are the last 30 days."]


def breakdown(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """One row per week, month, sport or weather."""
    summary = succeeded(outcomes, "summarize_activities")[0]
    groups = summary["groups"][:_MOST_ROWS]
    if not groups:
        return "\n".join(summary_lines(request, summary))
    rows = [_row(group) for group in groups]
    lines = [
        wording.heading(request, summary.get("window")),
        "",
        f"| {request.group_by} | count | distance | moving time | average heart rate | with heart rate |",
        "|---|---|---|---|---|---|",
        *rows,
    ]
    if request.group_by == "weather":
        lines += ["", "One activity can count in several kinds of weather."]
    return "\n".join(lines)


def _row(group: Mapping[str, Any]) -> str:
    cells = [
        wording.quoted(str(group["label"])),
        str(group["count"]),
        wording.distance(group["distance_m"]),
        wording.duration(group["moving_time_s"]),
        wording.heart_rate(group["average_heartrate_bpm"], decimals=1) or "not known",
        f"{group['heartrate_count']} of {group['count']}",
    ]
    return f"| {' | '.join(cell or 'not known' for cell in cells)} |"


def compare(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Two selections side by side and what is more in which; differences are not calculated."""
    summaries = succeeded(outcomes, "summarize_activities")
    sides = (request, other_side(request))
    if len(summaries) < len(sides):
        return "\n".join([*summary_lines(request, summaries[0]), "", "The other side could not be read."])
    blocks = ["\n".join(summary_lines(side, summary)) for side, summary in zip(sides, summaries, strict=False)]
    names = [_side_name(side, summary) for side, summary in zip(sides, summaries, strict=False)]
    if names[0] == names[1]:
        names = ["the first", "the second"]
    verdicts = _what_is_more(request, names, [summary["total"] for summary in summaries[:2]])
    return "\n\n".join([*blocks, *([f"**Compared:** {'; '.join(verdicts)}."] if verdicts else [])])


def _side_name(side: Request, summary: Mapping[str, Any]) -> str:
    parts = [wording.activity_noun(side, 2) if side.sport else "", wording.in_weather(side)]
    label = wording.quoted(str((summary.get("window") or {}).get("label", "")))
    return " ".join(part for part in [*parts, f"({label})" if any(parts) and label else label] if part)


_COMPARED: tuple[tuple[str, str, str, Metric], ...] = (
    ("count", "more activities", "equally many activities", "count"),
    ("distance_m", "more distance", "the same distance", "distance"),
    ("moving_time_s", "more time moving", "the same time moving", "time"),
    ("average_heartrate_bpm", "the higher average heart rate", "the same average heart rate", "heart_rate"),
    ("average_speed_mps", "the higher average speed", "the same average speed", "pace"),
)


def _what_is_more(request: Request, names: Sequence[str], sides: Sequence[Mapping[str, Any]]) -> list[str]:
    left, right = sides
    chosen = [row for row in _COMPARED if row[3] == request.metric] or _COMPARED[:4]
    said = []
    for key, more, same, _ in chosen:
        first, second = left.get(key), right.get(key)
        if first is None or second is None:
            continue
        said.append(
            same if first == second else f"{more} {'in ' if '(' not in names[0] else 'for '}{names[first < second]}"
        )
    return said
