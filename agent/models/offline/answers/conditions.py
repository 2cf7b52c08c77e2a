"""Means of every weather condition, and how many runs they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.units import Units

_REASONS: Mapping[str, str] = {
    "hr_out_of_range": "heart rate out of range",
    "low_hr_coverage": "too little heart rate",
    "no_heartrate": "no heart rate",
    "intervals": "intervals or unsteady",
    "manual": "typed in by hand",
    "cadence_lock": "heart rate locked to cadence",
}


def condition_lines(trend: Mapping[str, Any], units: Units) -> list[str]:
    """A row for each condition of the window, unadjusted."""
    rows = trend.get("by_condition") or []
    if not any(row["n"] for row in rows):
        return ["**By weather:** no comparable run in this window."]
    return [
        "**Mean heart rate by weather**",
        "",
        "| weather | runs | mean heart rate | mean pace | mean temperature |",
        "|---|---|---|---|---|",
        *(_row(row, units) for row in rows),
        "",
        "Plain means of comparable runs, each counted once and not adjusted for pace; a run can be in several rows.",
    ]


def coverage_lines(trend: Mapping[str, Any]) -> list[str]:
    """How many runs could be compared, and why the others could not."""
    coverage = trend.get("coverage") or {}
    if coverage.get("comparable") is None:
        return []
    known = (
        f"Comparable are {coverage['comparable']} of {coverage['runs']} runs "
        f"({coverage['with_heartrate']} with heart rate, {coverage['with_weather']} with weather)."
    )
    excluded = [f"{_word(reason)} {count}" for reason, count in (trend.get("excluded_counts") or {}).items()]
    return [f"{known} Left out of this span and the months before: {', '.join(excluded)}." if excluded else known]


def warning_lines(trend: Mapping[str, Any]) -> list[str]:
    """What the analysis warns of, each in its own words."""
    warnings: Sequence[str] = trend.get("warnings") or []
    return [f"- Note: {wording.sentence(warning)}" for warning in warnings]


def _row(row: Mapping[str, Any], units: Units) -> str:
    cells = [
        wording.quoted(str(row["condition"])),
        str(row["n"]),
        wording.heart_rate(row.get("mean_hr_bpm"), decimals=1),
        units.pace(row.get("mean_pace_s_per_km")),
        wording.temperature(row.get("mean_temperature_c")),
    ]
    return f"| {' | '.join(cell or 'not known' for cell in cells)} |"


def _word(reason: str) -> str:
    return _REASONS.get(reason, reason.replace("_", " "))
