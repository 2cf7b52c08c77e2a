"""The inside of one activity: splits, laps, time in zones, best efforts."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.activities import activity_line
from agent.models.offline.answers.missing_settings import reason_and_setting
from agent.models.offline.answers.profile import ZONE_METHODS
from agent.models.offline.answers.units import Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.pages import SEARCH
from agent.models.offline.request import Part, Request

_TITLES: Mapping[Part, str] = {
    "splits": "Splits",
    "laps": "Laps",
    "zones": "Time in heart rate zones",
    "best_efforts": "Best efforts",
}
_INDEX: Mapping[str, str] = {"splits": "split", "laps": "lap_index"}


def details(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """One activity with the parts that were asked for."""
    activities, units = succeeded(outcomes, "get_activity"), units_of(outcomes)
    if not activities:
        found = [row for data in succeeded(outcomes, SEARCH) for row in data["activities"]]
        nothing = f"There are no {wording.activity_noun(request, 2)} of that kind."
        return f"- {activity_line(found[0], units)}" if found else nothing
    activity = activities[-1]
    blocks = [f"- {activity_line(activity, units)}", *(_part(part, activity, units) for part in request.parts)]
    if activity.get("note"):
        blocks.append(wording.sentence(str(activity["note"])))
    return "\n\n".join(blocks)


def _part(part: Part, activity: Mapping[str, Any], units: Units) -> str:
    if part == "zones":
        return "\n".join([f"**{_TITLES[part]}**", "", *_zones(activity.get("heart_rate_zones") or {})])
    rows = activity.get(part) or []
    if not rows:
        return f"**{_TITLES[part]}:** none are recorded for it."
    lines = _efforts(rows) if part == "best_efforts" else _stretches(part, rows, units)
    return "\n".join([f"**{_TITLES[part]}**", "", *lines])


def _stretches(part: Part, rows: Sequence[Mapping[str, Any]], units: Units) -> list[str]:
    index = _INDEX[part]
    lines = [f"| {part[:-1]} | distance | time | pace or speed | heart rate |", "|---|---|---|---|---|"]
    for row in rows:
        cells = [
            str(row.get(index)),
            units.distance(row.get("distance_m")),
            wording.clock(row.get("moving_time_s")),
            row.get("pace") or row.get("speed"),
            wording.heart_rate(row.get("average_heartrate_bpm")),
        ]
        lines.append(f"| {' | '.join(wording.quoted(cell) if cell else 'not known' for cell in cells)} |")
    return lines


def _efforts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"- {wording.quoted(str(row['name']))}: {wording.clock(row.get('elapsed_time_s')) or 'not known'}"
        + (f" ({wording.quoted(str(row['pace']))})" if row.get("pace") else "")
        for row in rows
    ]


def _zones(zones: Mapping[str, Any]) -> list[str]:
    if not zones.get("usable"):
        return [f"They are not known. {reason_and_setting(zones.get('reason'))}".strip()]
    if all(zone.get("time_s") is None for zone in zones["zones"]):
        return ["This activity has no heart rate samples to count."]
    estimated = "estimated" in (zones.get("rests_on") or {}).values()
    caution = ["They rest on a maximum heart rate estimated from age, so they are estimates."]
    method = ZONE_METHODS.get(str(zones.get("method")))
    basis = ["", f"The bounds are {method}."] if method else []
    return [*(f"- {_zone(zone)}" for zone in zones["zones"]), *basis, *(caution if estimated else [])]


def _zone(zone: Mapping[str, Any]) -> str:
    lower, upper = zone.get("lower_bpm") or 0, zone.get("upper_bpm")
    bounds = f"from {lower:.0f}" if upper is None else f"{lower:.0f} to {upper:.0f}" if lower else f"below {upper:.0f}"
    share = "" if zone.get("share") is None else f", {zone['share'] * 100:.0f} %"
    return f"zone {wording.quoted(str(zone['name']))} ({bounds} bpm): {wording.clock(zone.get('time_s'))}{share}"
