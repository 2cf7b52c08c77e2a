"""Activities of a length: the tools can order by speed or date, but not leave out what is too short."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.models.offline.request import Extreme, Request

Activity = Mapping[str, Any]


def long_enough(request: Request, page: Mapping[str, Any]) -> list[Activity]:
    """The activities of a page that are as long as was asked for, in its order."""
    least = request.min_distance_m or 0
    return [activity for activity in page["activities"] if (activity.get("distance_m") or 0) >= least]


def is_settled(request: Request, page: Mapping[str, Any]) -> bool:
    """Whether the first page, in the asked order, holds all that was asked for."""
    return len(long_enough(request, page)) >= request.limit or not page.get("next_cursor")


def reaches_the_limit(request: Request, page: Mapping[str, Any]) -> bool:
    """Whether a page with the longest first goes down to those that are too short."""
    return len(long_enough(request, page)) < len(page["activities"]) or not page.get("next_cursor")


def ranked(request: Request, pages: Sequence[Mapping[str, Any]]) -> list[Activity]:
    """As many activities of the length as were asked for, in the asked order.

    Args:
        request: With an extreme and a least distance.
        pages: The first in the asked order; a second one, if any, with the longest first.
    """
    found = long_enough(request, pages[0])
    known = {activity["id"] for activity in found}
    further = [each for page in pages[1:] for each in long_enough(request, page) if each["id"] not in known]
    key, descending = _KEYS[request.extreme or "last"]
    if further:
        found = sorted([*found, *further], key=key, reverse=descending)
    return found[: request.limit]


def _speed(activity: Activity) -> float:
    """Metres per second; runs may only have their pace."""
    pace = activity.get("pace_s_per_km")
    return float(activity.get("average_speed_mps") or (1000 / pace if pace else 0))


def _start(activity: Activity) -> str:
    return str(activity.get("start_date") or activity.get("start_date_local") or "")


def _distance(activity: Activity) -> float:
    return float(activity.get("distance_m") or 0)


def _time(activity: Activity) -> float:
    return float(activity.get("moving_time_s") or 0)


_KEYS: Mapping[Extreme, tuple[Callable[[Activity], Any], bool]] = {
    "last": (_start, True),
    "first": (_start, False),
    "longest": (_distance, True),
    "longest_time": (_time, True),
    "shortest": (_distance, False),
    "fastest": (_speed, True),
    "slowest": (_speed, False),
}
