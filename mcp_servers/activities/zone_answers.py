"""What is told of heart-rate zones: where they begin, how they were found and, of one activity, the time in each."""

from mcp_servers.activities.quantities import Json, rounded
from mcp_servers.serving.results import clean


def zones_answer(report: Json) -> Json:
    """The API's report of zones; `reason` says why there are none."""
    known = clean(report)
    if not known.get("usable"):
        return {"usable": False, "reason": known.get("reason")}
    rests_on = {name: each.get("origin") for name, each in (known.get("params") or {}).items()}
    return {
        "usable": True,
        "method": known.get("method"),
        "rests_on": rests_on,
        "zones": [_zone(zone) for zone in known.get("zones") or []],
    }


def _zone(zone: Json) -> Json:
    bounds = {name: rounded(zone.get(name)) for name in ("lower_bpm", "upper_bpm")}
    if zone.get("seconds") is None:
        return {"name": zone.get("name"), **bounds}
    return {"name": zone.get("name"), **bounds, "time_s": rounded(zone["seconds"]), "share": zone.get("share")}
