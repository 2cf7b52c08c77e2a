"""What is told of many activities together: totals, and one row for each week, month, sport or kind of weather."""

from datetime import date
from functools import partial
from typing import Any, Final

from mcp_servers.activities.quantities import Json, rounded
from mcp_servers.activities.readable import Units, totals_line, units_of
from mcp_servers.serving.budget import MOST_TOKENS, ResponseFormat, most_that_fits
from mcp_servers.serving.results import Output, clean

BY_TIME: Final = frozenset({"week", "month"})
_CONCISE: Final = (
    "count", "distance_m", "moving_time_s", "total_elevation_gain_m", "average_heartrate_bpm", "heartrate_count",
    "pace_s_per_km",
)  # fmt: skip
# What a detailed answer tells of each group where all that the API gives is too much.
_DETAILED: Final = (*_CONCISE, "max_heartrate_bpm", "average_speed_mps", "average_temperature_c")


class Summary(Output):
    """Totals of a window; `group_count` groups there are, the newest or largest of them are shown."""

    window: Json
    measurement_preference: str | None = None
    filters: Json
    group_by: str
    groups: list[Json]
    group_count: int
    total: Json
    coverage: Json
    bands: dict[str, str]
    note: str | None = None


def summary_answer(document: Json, response_format: ResponseFormat) -> Summary:
    """The API's summary as it is told, with as many groups as fit."""
    known, units = clean(document), units_of(document)
    grouping = known.get("group_by", "none")
    found = known.get("groups") or []
    answer: Json = {
        **known,
        "filters": known.get("filters") or {},
        "bands": _bands(known, grouping, found, all_of_them=response_format == "detailed"),
        "total": _metrics(known.get("total") or {}, units, tuple(known.get("total") or ())),
        "group_count": len(found),
    }
    limit = MOST_TOKENS[response_format]
    if response_format == "concise":
        build = partial(_answer, answer, [_group(each, grouping, units, _CONCISE) for each in found])
        return build(most_that_fits(build, len(found), limit))
    whole = partial(_answer, answer, [_group(each, grouping, units, None) for each in found])
    if most_that_fits(whole, len(found), limit) == len(found):
        return whole(len(found))
    build = partial(_answer, answer, [_group(each, grouping, units, _DETAILED) for each in found])
    return build(most_that_fits(build, len(found), limit))


def _answer(answer: Json, groups: list[Json], count: int) -> Summary:
    """With so many groups: of weeks and months the newest, of sports and weather the first."""
    shown = groups[len(groups) - count :] if answer["group_by"] in BY_TIME else groups[:count]
    note = None if count == len(groups) else _note(answer["group_by"], count, len(groups))
    return Summary.model_validate({**answer, "groups": shown, "note": note})


def _note(grouping: str, count: int, there_are: int) -> str:
    if grouping not in BY_TIME:
        return f"The first {count} of {there_are} groups; total covers all. Narrow window or sport_types."
    coarser = ", group_by month" if grouping == "week" else ""
    steps = f"earlier windows{coarser} or response_format detailed"
    return f"The newest {count} of {there_are} {grouping}s; total covers all. For the others use {steps}."


def _group(group: Json, grouping: str, units: Units, some: tuple[str, ...] | None) -> Json:
    """One group, all of it or some; that of a week says on which weekday it begins, so that nobody has to guess."""
    names = tuple(name for name in group if name not in {"key", "label"}) if some is None else some
    weekday = {"weekday": f"{date.fromisoformat(group['key']):%A}"} if grouping == "week" else {}
    return {"key": group.get("key"), "label": group.get("label"), **weekday, **_metrics(group, units, names)}


def _metrics(metrics: Json, units: Units, names: tuple[str, ...]) -> Json:
    told = {name: rounded(metrics.get(name), "_mps" if name.endswith("_mps") else "") for name in names}
    return {**told, "summary": totals_line(metrics, units)}


def _bands(document: Json, grouping: str, groups: list[Json], *, all_of_them: bool) -> dict[str, Any]:
    """What the weather words mean, of those that occur in question or answer."""
    bands: dict[str, Any] = document.get("bands") or {}
    named = set((document.get("filters") or {}).get("weather") or [])
    if grouping == "weather":
        named |= {group.get("key") for group in groups}
    return {name: text for name, text in bands.items() if all_of_them or name in named}
