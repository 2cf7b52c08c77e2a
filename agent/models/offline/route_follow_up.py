"""Follow-up questions about routes: "and a hilly one?", "near Wannsee instead"."""

import re
from dataclasses import replace

from agent.models.offline.intents import recognise
from agent.models.offline.out_of_scope import NOT_UNDERSTOOD
from agent.models.offline.reading import CONTINUES, Reading
from agent.models.offline.request import Request, RouteWish


def next_route(previous: Request, before: RouteWish, reading: Reading, alone: Request) -> Request:
    """What "and a hilly one?" or "near Wannsee instead" names now replaces the wishes of the question before."""
    again = alone if alone.kind == "routes" else _as_route(reading)
    wish = again.route if again else None
    continues = alone.text == NOT_UNDERSTOOD or CONTINUES.search(reading.text)
    if again is None or wish is None or not continues:
        return alone
    climbs_named = wish.min_climb_m is not None or wish.max_climb_m is not None
    return replace(
        previous,
        sport=again.sport or previous.sport,
        in_miles=again.in_miles or previous.in_miles,
        route=replace(
            before,
            near=wish.near or before.near,
            min_distance_m=wish.min_distance_m or before.min_distance_m,
            max_distance_m=wish.max_distance_m or before.max_distance_m,
            min_climb_m=wish.min_climb_m if climbs_named else before.min_climb_m,
            max_climb_m=wish.max_climb_m if climbs_named else before.max_climb_m,
            surface=wish.surface or before.surface,
        ),
    )


def _as_route(reading: Reading) -> Request | None:
    """The words of a continuation read as a route wish, if they say anything about one."""
    if not re.search(r"\b(?:near|around|flat|hilly|km|shorter|longer|gravel|trail|asphalt|one)\b", reading.text):
        return None
    words = f"route {reading.original}"
    return recognise(replace(reading, original=words, text=f"route {reading.text}", rest=f"route {reading.rest}"))
