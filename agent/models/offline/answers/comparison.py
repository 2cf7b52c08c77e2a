"""Answers that set two selections against each other: a comparison, or a share of the whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.totals import summary_lines, undated
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.first_calls import other_side, without_weather
from agent.models.offline.request import Request
from agent.models.offline.vocabulary import Metric

_SIDES = 2


@dataclass(frozen=True)
class Quantity:
    """One quantity of a summary as it is compared.

    Attributes:
        name: How the answer calls it; empty for what is counted.
        key: Its field.
        shown: The field's value as a number with the digits that the answer shows.
        written: Such a number with its unit.
        more: The word for a first side that is greater.
        less: The word for a first side that is smaller.
    """

    name: str
    key: str
    shown: Callable[[float], float]
    written: Callable[[float], str | None]
    more: str
    less: str


def _quantities(units: Units) -> Mapping[Metric, Quantity]:
    return {
        "count": Quantity("", "count", round, lambda number: f"{number:.0f}", "more", "fewer"),
        "distance": Quantity(
            "distance", "distance_m", units.long_of, lambda number: f"{number:.1f} {units.long}", "more", "less"
        ),
        "time": Quantity(
            "time moving", "moving_time_s", lambda s: round(s / 60) * 60, wording.duration, "more", "less"
        ),
        "elevation": Quantity(
            "climbing", "total_elevation_gain_m", units.short_of, lambda number: f"{number:.0f} {units.short}",
            "more", "less",
        ),
        "heart_rate": Quantity(
            "average heart rate", "average_heartrate_bpm", lambda bpm: round(bpm, 1), lambda bpm: f"{bpm:.1f} bpm",
            "higher", "lower",
        ),
        "max_heart_rate": Quantity(
            "highest heart rate", "max_heartrate_bpm", round, wording.heart_rate, "higher", "lower"
        ),
        "temperature": Quantity("temperature", "average_temperature_c", round, wording.temperature, "warmer", "colder"),
    }  # fmt: skip


def _pace(units: Units) -> Quantity:
    return Quantity("average pace", "pace_s_per_km", units.pace_of, units.pace_written, "slower", "faster")


def _speed(units: Units) -> Quantity:
    return Quantity(
        "average speed", "average_speed_mps", units.speed_of, lambda number: f"{number:.1f} {units.speed_unit}",
        "faster", "slower",
    )  # fmt: skip


_USUAL: tuple[Metric, ...] = ("count", "distance", "time", "heart_rate")


def compare(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """Two selections, each by itself, and then what differs by how much.

    Differences are taken between the numbers as they are shown, so that the reader can check them.
    """
    summaries, units = succeeded(outcomes, "summarize_activities"), units_of(outcomes)
    sides = (request, other_side(request))
    if len(summaries) < _SIDES:
        return "\n".join([*summary_lines(request, summaries[0], units), "", "The other side could not be read."])
    dated = [replace(side, window=side.window or "default") for side in sides]
    blocks = ["\n".join(summary_lines(side, summary, units)) for side, summary in zip(dated, summaries, strict=False)]
    hint = "\n".join(undated(request, summaries[0])).strip()
    return "\n\n".join(block for block in [*blocks, _difference(request, sides, summaries, units), hint] if block)


def _difference(
    request: Request, sides: tuple[Request, Request], summaries: Sequence[Mapping[str, Any]], units: Units
) -> str:
    totals = [summary["total"] for summary in summaries[:_SIDES]]
    if not any(total["count"] for total in totals):
        return "Both are empty, so there is nothing to compare."
    names = [_side_name(side, sides, summary) for side, summary in zip(sides, summaries, strict=False)]
    lines = [line for each in _chosen(request, sides, totals, units) if (line := _line(each, request, totals))]
    notes = _notes(request, sides)
    return "\n".join([f"**{names[0]} against {names[1]}**", "", *lines, *(["", *notes] if notes else [])])


def _side_name(side: Request, sides: tuple[Request, Request], summary: Mapping[str, Any]) -> str:
    """What tells a side from the other one."""
    first, second = sides
    parts = [
        wording.activity_noun(side, 2) if first.sport != second.sport else "",
        (wording.in_weather(side) or "all weather") if first.weather != second.weather else "",
    ]
    named = " ".join(part for part in parts if part)
    name = named or wording.span_name(summary.get("window")) or wording.when(summary.get("window"))
    return name[:1].upper() + name[1:] if side is first else name


def _chosen(
    request: Request, sides: tuple[Request, Request], totals: Sequence[Mapping[str, Any]], units: Units
) -> list[Quantity]:
    """What was asked for; between two kinds of weather it is rate and heart rate, nobody chose how often each came."""
    paced = all(total.get("pace_s_per_km") is not None for total in totals)
    rate, quantities = _pace(units) if paced else _speed(units), _quantities(units)
    if sides[0].weather != sides[1].weather and request.metric in {None, "pace"}:
        return [*([rate] if request.sport else []), quantities["heart_rate"]]
    if request.metric == "pace":
        return [rate]
    return [quantities[metric] for metric in ([request.metric] if request.metric else _USUAL)]


def _line(quantity: Quantity, request: Request, totals: Sequence[Mapping[str, Any]]) -> str | None:
    values = [total.get(quantity.key) for total in totals]
    if values[0] is None or values[1] is None:
        return f"- {quantity.name}: not known for both"
    first, second = quantity.shown(values[0]), quantity.shown(values[1])
    name = quantity.name or wording.activity_noun(request, 2)
    if first == second:
        return f"- {name}: the same, {quantity.written(first)}"
    more = quantity.more if first > second else quantity.less
    # taken between shown numbers; rounding again only drops the noise of floating point
    difference = quantity.written(round(abs(first - second), 1))
    return f"- {name}: {quantity.written(first)} against {quantity.written(second)}, **{difference} {more}**"


def _notes(request: Request, sides: tuple[Request, Request]) -> list[str]:
    windows = [side.window or "" for side in sides]
    running = [window.removeprefix("this_") for window in windows if window.startswith("this_")]
    notes = [f"This {unit} is not over yet." for unit in dict.fromkeys(running)]
    if request.metric in {"heart_rate", None} or sides[0].weather != sides[1].weather:
        notes.append("Average heart rate also depends on pace and weather; “am I improving?” takes both into account.")
    return notes


def share(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """How many of all activities were in some weather, and of how many the weather is known."""
    summaries = succeeded(outcomes, "summarize_activities")
    if len(summaries) < _SIDES:
        return "The weather could not be compared with the whole."
    part, whole = (summary["total"] for summary in summaries[:_SIDES])
    noun = wording.activity_noun(request, whole["count"])
    title = wording.heading(without_weather(request), summaries[1].get("window"))
    known = f"weather known for {whole['weather_count']} of {whole['count']}"
    return f"{title}\n\n- **{part['count']} of {whole['count']} {noun}** {wording.in_weather(request)} ({known})"
