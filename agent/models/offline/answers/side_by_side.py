"""Two to five activities side by side: what was measured, and whether heart rates differ by more than noise."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.models.offline.activity_intents import MOST_COMPARED
from agent.models.offline.answers import wording
from agent.models.offline.answers.activities import activity_line
from agent.models.offline.answers.missing_settings import reason_and_setting
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.pages import SEARCH
from agent.models.offline.request import Request

Row = Mapping[str, Any]

_NO_DIFFERENCE: Mapping[str, str] = {
    "no_heartrate": "heart rate cannot be compared: not both have one",
    "other_sport": "heart rate is not compared between sports",
}


def side_by_side(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The activities that were found, compared; where only one was found, that one."""
    units = units_of(outcomes)
    compared = succeeded(outcomes, "compare_activities")
    if compared:
        most = ["I put at most five side by side, so these are not all."] if request.limit > MOST_COMPARED else []
        return "\n\n".join([_compared(compared[-1], units), *most])
    found = {row["id"]: row for data in succeeded(outcomes, SEARCH) for row in data["activities"]}
    if len(found) > 1:  # the comparison failed, which is said elsewhere
        return "\n".join(f"- {activity_line(row, units)}" for row in found.values())
    if not found:
        return f"There are no {wording.activity_noun(request, 2)} to compare."
    only = activity_line(next(iter(found.values())), units)
    return f"There is only one such {wording.activity_noun(request, 1)}, so nothing to compare:\n\n- {only}"


def _compared(answer: Mapping[str, Any], units: Units) -> str:
    rows = answer["activities"]
    named = {row["id"]: row for row in rows}
    differences = [_difference(each, named, rows[0], units) for each in answer["differences_from_first"]]
    zones = answer.get("zones") or {}
    unusable = (
        f"Time in zones is not known. {reason_and_setting(zones.get('reason'))}" if not zones.get("usable") else ""
    )
    blocks = [
        "**Side by side**",
        "\n".join(_table(rows, units)),
        "\n".join(f"- {line}" for line in differences),
        wording.sentence(answer.get("caution")),
        unusable if zones else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _table(rows: Sequence[Row], units: Units) -> list[str]:
    titles = [f"{wording.day_of(row)} {wording.quoted(str(row.get('name') or ''), 40)}".strip() for row in rows]
    lines = [f"| | {' | '.join(titles)} |", f"|---|{'---|' * len(rows)}"]
    for name, written in _quantities(units).items():
        cells = [written(row) for row in rows]
        if any(cells):
            lines.append(f"| {name} | {' | '.join(cell or 'not known' for cell in cells)} |")
    return lines


def _quantities(units: Units) -> Mapping[str, Callable[[Row], str | None]]:
    return {
        "distance": lambda row: units.distance(row.get("distance_m")),
        "moving time": lambda row: wording.clock(row.get("moving_time_s")),
        "pace or speed": lambda row: units.pace(row.get("pace_s_per_km")) or units.speed(row.get("average_speed_mps")),
        "pace adjusted for hills": lambda row: units.pace(row.get("grade_adjusted_pace_s_per_km")),
        "average heart rate": lambda row: wording.heart_rate(row.get("average_heartrate_bpm"), decimals=1),
        "efficiency (m/min per bpm)": lambda row: _number(row.get("efficiency_factor"), 2),
        "decoupling (%)": lambda row: _number(row.get("decoupling_percent"), 1),
        "temperature": _temperature,
        "dew point": lambda row: wording.temperature(row.get("dew_point_c")),
        "climbing": lambda row: units.height(row.get("total_elevation_gain_m")),
        "share of time in zones": _zones,
    }


def _number(value: float | None, digits: int) -> str | None:
    return None if value is None else f"{value:.{digits}f}".replace("-", "\u2212")


def _temperature(row: Row) -> str | None:
    measured = wording.temperature(row.get("temperature_c"))
    return f"{measured} by the watch" if measured and row.get("weather_source") == "device_sensor" else measured


def _zones(row: Row) -> str | None:
    shares = row.get("zone_shares") or {}
    return ", ".join(f"{wording.quoted(str(name))}: {share * 100:.0f} %" for name, share in shares.items()) or None


def _difference(difference: Row, named: Mapping[str, Row], first: Row, units: Units) -> str:
    said = [_heart_rates(difference), _paces(difference.get("pace_s_per_km"), units), _warmer(difference)]
    days = f"{wording.day_of(named[difference['id']])} against {wording.day_of(first)}"
    return f"**{days}:** {'; '.join(part for part in said if part)}"


def _heart_rates(difference: Row) -> str:
    change, limit = difference.get("heartrate_bpm"), difference.get("smallest_detectable_bpm")
    if change is None or limit is None:
        return _NO_DIFFERENCE.get(str(difference.get("reason")), "heart rate cannot be compared")
    if difference.get("noise") == "within noise":
        return (
            f"heart rate {wording.bpm_change(change)} bpm, **within noise**: two single activities must differ by "
            f"{limit:.1f} bpm before it can be told from chance"
        )
    return f"heart rate {wording.bpm_change(change)} bpm, **beyond noise** (more than {limit:.1f} bpm)"


def _paces(change_s_per_km: float | None, units: Units) -> str | None:
    if change_s_per_km is None:
        return None
    seconds = units.pace_of(abs(change_s_per_km))
    return (
        f"{units.pace_written(seconds)} {'slower' if change_s_per_km > 0 else 'faster'}" if seconds else "the same pace"
    )


def _warmer(difference: Row) -> str | None:
    change = difference.get("temperature_c")
    if change is None or not round(change):
        return None
    return f"{wording.temperature(abs(change))} {'warmer' if change > 0 else 'colder'}"
