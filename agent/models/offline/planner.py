"""Turns an understood question into tool calls. Pure: the same question and results give the same calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from agent.models.offline.calls import ToolCall, ToolOutcome, succeeded
from agent.models.offline.follow_up import understand
from agent.models.offline.free_text import subject_of
from agent.models.offline.request import DEFAULT_WINDOW, Extreme, Request, Side
from agent.models.offline.vocabulary import RUN, TRAIL_RUN, Sport

EVERYTHING = "all"
#: Thirty days rarely hold two kinds of weather.
WEATHER_WINDOW = "last_12_months"
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
_MOST_PASSAGES = 3
_ROUTE_SPORTS = frozenset({"Run", "TrailRun", "Ride", "GravelRide", "Hike", "Walk"})

ToolSpecs = Sequence[Mapping[str, Any]]


def plan(
    question: str,
    tool_specs: ToolSpecs,
    history: Sequence[str],
    today: date,
    outcomes: Sequence[ToolOutcome] = (),
) -> list[ToolCall]:
    """The calls that answer a question, as far as what came back so far allows.

    Args:
        question: The athlete's words.
        tool_specs: The tools there are, as Strands describes them; calls of absent tools are left out.
        history: The athlete's earlier questions, oldest first.
        today: Against which names of months and days are resolved.
        outcomes: Results of the calls planned before for this question.

    Returns:
        One batch of calls; empty when it is time to compose the answer.
    """
    requests = understand([*history, question], today)
    wanted: list[ToolCall] = []
    for request, own in zip(requests, outcomes_by_request(requests, outcomes, tool_specs), strict=True):
        step = second_calls(request, own) if outcomes else needed_calls(request)
        wanted += [call for call in _offered(step, tool_specs) if call not in wanted]
    return wanted


def outcomes_by_request(
    requests: Sequence[Request], outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs
) -> list[list[ToolOutcome]]:
    """Which results belong to which request: those of the calls that it leads to.

    Args:
        requests: What one line asks.
        outcomes: The results of all calls made for the line.
        tool_specs: The tools there are.

    Returns:
        One list per request; a result that two requests lead to is in both.
    """
    if len(requests) == 1:
        return [list(outcomes)]
    return [_own(request, outcomes, tool_specs) for request in requests]


def _own(request: Request, outcomes: Sequence[ToolOutcome], tool_specs: ToolSpecs) -> list[ToolOutcome]:
    first = [each for each in outcomes if each.call in _offered(needed_calls(request), tool_specs)]
    second = _offered(_second_step(request, first), tool_specs)
    return [each for each in outcomes if each in first or each.call in second]


def _offered(calls: Sequence[ToolCall], tool_specs: ToolSpecs) -> list[ToolCall]:
    """The calls of tools that there are, with arguments that they take."""
    parameters = {spec["name"]: _parameters(spec) for spec in tool_specs}
    return [_fitted(call, parameters[call.name]) for call in calls if call.name in parameters]


def needed_calls(request: Request) -> list[ToolCall]:
    """The first batch of calls of a request, whether or not the tools are there."""
    planner = _FIRST_STEP.get(request.kind)
    return planner(request) if planner else []


def _parameters(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = spec.get("inputSchema", {}).get("json", {})
    parameters: Mapping[str, Any] = schema.get("properties", {})
    return parameters


def _fitted(call: ToolCall, parameters: Mapping[str, Any]) -> ToolCall:
    """The call without values that the tool's own schema excludes, so that an older server still answers."""
    if not parameters:
        return call
    arguments = {
        name: _allowed(value, parameters[name]) for name, value in call.arguments.items() if name in parameters
    }
    return ToolCall(call.name, arguments)


def _allowed(value: Any, schema: Mapping[str, Any]) -> Any:
    choices = schema.get("items", {}).get("enum") if isinstance(value, list) else None
    return [each for each in value if each in choices] or value if choices else value


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
    return [ToolCall("summarize_activities", {**_selection(request, window), "group_by": request.group_by})]


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
    return [ToolCall("summarize_activities", selection), ToolCall("analyze_heart_rate_trend", trend)]


def _find_one(request: Request) -> list[ToolCall]:
    order_by, order = _ORDERS[request.extreme or "last"]
    arguments = {**_selection(request, EVERYTHING), "order_by": order_by, "order": order, "limit": 1}
    return [ToolCall("search_activities", arguments)]


def _recent(request: Request) -> list[ToolCall]:
    order: dict[str, Any] = {} if request.min_distance_m is None else {"order_by": "distance"}
    if request.extreme:
        order = dict(zip(("order_by", "order"), _ORDERS[request.extreme], strict=True))
    return [ToolCall("search_activities", {**_selection(request, EVERYTHING), **order, "limit": request.limit})]


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
    "extreme": _find_one,
    "recent": _recent,
    "day": _day,
    "routes": _routes,
    "clubs": lambda _: [ToolCall("list_clubs")],
    "feed": lambda _: [ToolCall("list_activity_feed", {"limit": _MOST_FEED})],
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
_ON_THE_FOUND_ACTIVITY: Mapping[str, str] = {
    "kudos": "get_activity_social",
    "comments": "get_activity_social",
    "give_kudos": "give_kudos",
    "add_comment": "add_comment",
}


def second_calls(request: Request, outcomes: Sequence[ToolOutcome]) -> list[ToolCall]:
    """The calls that follow from the first results, as far as they were not made yet."""
    made = {outcome.name for outcome in outcomes}
    if request.kind == "totals":
        return _second_step(request, outcomes) if len(outcomes) == 1 else []
    return [call for call in _second_step(request, outcomes) if call.name not in made]


def _second_step(request: Request, outcomes: Sequence[ToolOutcome]) -> list[ToolCall]:
    """What to ask about the activity that was found, or about all time where the last 30 days hold nothing."""
    if request.kind == "totals":
        empty = any(data["total"]["count"] == 0 for data in succeeded(outcomes, "summarize_activities"))
        return _totals(replace(request, window=EVERYTHING)) if empty and request.window is None else []
    tool = _ON_THE_FOUND_ACTIVITY.get(request.kind)
    found: Sequence[Mapping[str, Any]] = next(
        (data["activities"] for data in succeeded(outcomes, "search_activities")), []
    )
    if tool is None or not found:
        return []
    arguments = {"activity_id": found[0]["id"]}
    return [ToolCall(tool, arguments | {"text": request.text} if tool == "add_comment" else arguments)]


def second_tool(request: Request) -> str | None:
    """The tool that a request also needs once its activity is found."""
    return _ON_THE_FOUND_ACTIVITY.get(request.kind)
