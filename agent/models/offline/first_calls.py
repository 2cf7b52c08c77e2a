"""The first tool calls of each kind of request, before any result is known."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from agent.models.offline.activity_intents import MOST_COMPARED
from agent.models.offline.calls import ToolCall
from agent.models.offline.free_text import subject_of
from agent.models.offline.request import DEFAULT_WINDOW, Extreme, Request, Side
from agent.models.offline.vocabulary import RUN, TRAIL_RUN, Sport

EVERYTHING = "all"
#: A table of a year by week is more than a concise answer holds, and so are fifty activities.
DETAILED: Mapping[str, str] = {"response_format": "detailed"}
#: Thirty days rarely hold two kinds of weather.
WEATHER_WINDOW = "last_12_months"
PREDICTION_WINDOW = "last_12_months"
#: The sport of questions about improvement: only runs of one kind are comparable.
TREND_SPORT = Sport("run", "runs", ("Run",))
_ORDERS: Mapping[Extreme, tuple[str, str]] = {
    "last": ("start_date", "desc"),
    "first": ("start_date", "asc"),
    "longest": ("distance", "desc"),
    "longest_time": ("moving_time", "desc"),
    "shortest": ("distance", "asc"),
    "fastest": ("average_speed", "desc"),
    "slowest": ("average_speed", "asc"),
}
_TROUBLE = (
    "bug", "broken", "error", "crash", "wrong", "does not work", "doesn't work", "cannot", "can't",
    "not working", "missing", "problem", "fails", "failed", "stopped",
)  # fmt: skip
_MOST_PER_DAY = 10
_MOST_ROUTES = 5
_MOST_FEED = 10
_MOST_OF_A_PAGE = 50
_MOST_PASSAGES = 3
_ROUTE_SPORTS = frozenset({"Run", "TrailRun", "Ride", "GravelRide", "Hike", "Walk"})


def _selection(request: Request, default_window: str) -> dict[str, Any]:
    arguments: dict[str, Any] = {"window": request.window or default_window}
    if request.sport:
        arguments["sport_types"] = list(request.sport.types)
    if request.weather:
        arguments["weather"] = list(request.weather)
    return arguments


def _totals(request: Request) -> list[ToolCall]:
    return [ToolCall("summarize_activities", _selection(request, DEFAULT_WINDOW))]


def _breakdown(request: Request) -> list[ToolCall]:
    window = {"week": "last_12_weeks", "month": "last_12_months"}.get(request.group_by or "", DEFAULT_WINDOW)
    return [ToolCall("summarize_activities", {**_selection(request, window), "group_by": request.group_by, **DETAILED})]


def other_side(request: Request) -> Request:
    """The request that the second side of a comparison stands for."""
    versus = request.versus or Side()
    return Request(
        "totals",
        window=versus.window or request.window,
        sport=versus.sport or request.sport,
        weather=request.weather if versus.weather is None else versus.weather,
        metric=request.metric,
    )


def _compare(request: Request) -> list[ToolCall]:
    sides = (request, other_side(request))
    default = WEATHER_WINDOW if sides[0].weather != sides[1].weather else DEFAULT_WINDOW
    return [ToolCall("summarize_activities", _selection(side, default)) for side in sides]


def without_weather(request: Request) -> Request:
    """What a share is a share of."""
    return replace(request, kind="totals", weather=())


def _share(request: Request) -> list[ToolCall]:
    return _totals(request) + _totals(without_weather(request))


def has_trend(request: Request) -> bool:
    """Whether the change at the same effort can be computed: of runs only."""
    return request.sport in {None, RUN, TRAIL_RUN}


def trend_sport(request: Request) -> Sport:
    """The sport of a trend: runs on the road unless another one was named."""
    return TREND_SPORT if request.sport is None or request.sport == RUN else request.sport


def _trend(request: Request) -> list[ToolCall]:
    """Summary and trend in one batch, over the same activities."""
    if not has_trend(request):
        return _totals(request)
    selection = _selection(request, DEFAULT_WINDOW)
    selection["sport_types"] = list(trend_sport(request).types)[:1]
    trend = {name: value for name, value in selection.items() if name != "weather"}
    if request.weather:
        trend["condition"] = request.weather[0]
    calls = [ToolCall("summarize_activities", selection), ToolCall("analyze_heart_rate_trend", trend)]
    return calls + (_load(request) if request.text == "advice" else [])


def _load(request: Request) -> list[ToolCall]:
    """Of all sports together: load has no other meaning."""
    return [ToolCall("get_training_load", {"window": request.window or DEFAULT_WINDOW})]


def _efforts(request: Request) -> list[ToolCall]:
    """A best effort is one of all time; a prediction that rests on an old one would say nothing of today."""
    window = request.window or (EVERYTHING if request.text == "best" else PREDICTION_WINDOW)
    return [ToolCall("get_best_efforts_and_predictions", {"window": window})]


def _side_by_side(request: Request) -> list[ToolCall]:
    if request.versus is None:
        return [_ranked(request, min(request.limit, MOST_COMPARED))]
    other = replace(
        request,
        window=request.versus.window or request.window,
        extreme=request.versus.extreme or request.extreme,
        sport=request.versus.sport or request.sport,
    )
    return [_ranked(request, 1), _ranked(other, 1)]


def _ranked(request: Request, limit: int) -> ToolCall:
    order_by, order = _ORDERS[request.extreme or "last"]
    arguments = {**_selection(request, EVERYTHING), "order_by": order_by, "order": order, "limit": limit}
    return ToolCall("search_activities", arguments)


def _find_one(request: Request) -> list[ToolCall]:
    return [_ranked(request, 1)]


def _recent(request: Request) -> list[ToolCall]:
    order: dict[str, Any] = {"order_by": "distance"} if has_length(request) else {}
    if request.extreme:
        order = dict(zip(("order_by", "order"), _ORDERS[request.extreme], strict=True))
    arguments = {**_selection(request, EVERYTHING), **_length(request), **order, "limit": request.limit}
    return [ToolCall("search_activities", arguments)]


def has_length(request: Request) -> bool:
    """Whether only activities of some length are meant."""
    return request.min_distance_m is not None or request.max_distance_m is not None


def _length(request: Request) -> dict[str, float]:
    limits = {"min_distance_m": request.min_distance_m, "max_distance_m": request.max_distance_m}
    return {name: metres for name, metres in limits.items() if metres is not None}


def _feed(request: Request) -> list[ToolCall]:
    """The feed names no sport and no span: which of its activities are meant, the activities team says."""
    if not request.text:
        return [ToolCall("list_activity_feed", {"limit": _MOST_FEED})]
    whole = [ToolCall("list_activity_feed", {"limit": _MOST_OF_A_PAGE})]
    if not (request.window or request.sport or request.weather):
        return whole
    meant = {**_selection(request, EVERYTHING), "limit": _MOST_OF_A_PAGE, **DETAILED}
    return [*whole, ToolCall("search_activities", meant)]


def _day(request: Request) -> list[ToolCall]:
    arguments = {**_selection(request, EVERYTHING), "order": "asc", "limit": _MOST_PER_DAY}
    return [ToolCall("search_activities", arguments)]


def _routes(request: Request) -> list[ToolCall]:
    wish = request.route
    arguments: dict[str, Any] = {"limit": _MOST_ROUTES}
    if wish:
        names = ("near", "min_distance_m", "max_distance_m", "min_climb_m", "max_climb_m", "surface")
        arguments |= {name: value for name in names if (value := getattr(wish, name)) is not None}
    if request.sport is not None and request.sport.types[0] in _ROUTE_SPORTS:
        arguments["sport"] = request.sport.types[0]
    return [ToolCall("search_routes", arguments)]


def _add_comment(request: Request) -> list[ToolCall]:
    return _find_one(request) if request.text else []


def _tickets(request: Request) -> list[ToolCall]:
    """All for "open": to an athlete, new and pending tickets are open too."""
    return [ToolCall("list_tickets", {"status": request.text} if request.text not in {"", "open"} else {})]


def _create_ticket(request: Request) -> list[ToolCall]:
    if not request.text:
        return []
    words = request.text.lower()
    broken = any(word in words for word in _TROUBLE)
    arguments = {
        "subject": subject_of(request.text),
        "description": request.text,
        "type": "problem" if broken else "question",
    }
    return [ToolCall("create_ticket", arguments)]


_FIRST_STEP: Mapping[str, Callable[[Request], list[ToolCall]]] = {
    "totals": _totals,
    "breakdown": _breakdown,
    "compare": _compare,
    "share": _share,
    "trend": _trend,
    "load": _load,
    "efforts": _efforts,
    "side_by_side": _side_by_side,
    "details": _find_one,
    "extreme": _find_one,
    "recent": _recent,
    "day": _day,
    "routes": _routes,
    "clubs": lambda _: [ToolCall("list_clubs")],
    "feed": _feed,
    "kudos": _find_one,
    "comments": _find_one,
    "give_kudos": _find_one,
    "add_comment": _add_comment,
    "help": lambda request: [ToolCall("search_help", {"query": request.text, "limit": _MOST_PASSAGES})],
    "tickets": _tickets,
    "ticket": lambda request: [ToolCall("get_ticket", {"ticket_id": request.reference})],
    "create_ticket": _create_ticket,
    "profile": lambda _: [ToolCall("get_athlete_profile")],
}


def needed_calls(request: Request) -> list[ToolCall]:
    """The first batch of calls of a request, whether or not the tools are there."""
    planner = _FIRST_STEP.get(request.kind)
    return planner(request) if planner else []
