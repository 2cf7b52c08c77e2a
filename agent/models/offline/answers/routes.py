"""Answers to a search for routes."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.models.offline.answers import wording
from agent.models.offline.answers.units import IMPERIAL, Units, units_of
from agent.models.offline.calls import ToolOutcome, succeeded
from agent.models.offline.request import Request


def routes(request: Request, outcomes: Sequence[ToolOutcome]) -> str:
    """The best matches of the public catalogue."""
    found = succeeded(outcomes, "search_routes")[0]
    near = f" near {wording.quoted(request.route.near, 80)}" if request.route and request.route.near else ""
    if not found["routes"]:
        return f"The catalogue has no such route{near}. Another sport, distance or place may find one."
    # The catalogue knows no athlete: the question's own unit is what there is to go by.
    units = IMPERIAL if request.in_miles else units_of(outcomes)
    lines = [f"**Routes{near}**", "", *(_line(route, units) for route in found["routes"])]
    total = found.get("total_count")
    if not near:
        lines += ["", "No place was named, so these are from the whole catalogue. Add one, for example: near Wannsee."]
    if total and total > len(found["routes"]):
        lines += ["", f"These are the first of {total}."]
    return "\n".join(lines)


def _line(route: Mapping[str, Any], units: Units) -> str:
    climbing = route.get("elevation_gain_m", route.get("elevation_gain"))
    facts = [
        units.distance(route.get("distance_m", route.get("distance"))),
        units.climb(climbing),
        wording.quoted(str(route["surface"])) if route.get("surface") else None,
        f"{wording.quoted(str(route['shade']))} shade" if route.get("shade") else None,
        "loop" if route.get("loop") else None,
        f"starts at {wording.quoted(str(route['start_place']), 80)}" if route.get("start_place") else None,
    ]
    return f"- **{wording.quoted(str(route['name']), 80)}**: {wording.sentence_list(facts)}"
