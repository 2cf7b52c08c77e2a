"""Recognises what a question asks for: one table of intents, tried in order, over normalised text."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.models.offline import free_text
from agent.models.offline.activity_intents import details, side_by_side
from agent.models.offline.effort_intents import efforts
from agent.models.offline.help_intents import asks_for_help, capabilities, help_wanted
from agent.models.offline.other_people import asks_about_others, writes_to_others
from agent.models.offline.out_of_scope import NOT_UNDERSTOOD, has_symptoms, out_of_scope
from agent.models.offline.progress_intents import advised_trend, load, says_trend, trend
from agent.models.offline.reading import (
    Reading,
    count_of,
    extreme_of,
    group_of,
    lengths_of,
    names_miles,
    request_of,
)
from agent.models.offline.request import Request, Side
from agent.models.offline.routes_wish import route_wish
from agent.models.offline.social_intents import is_social_write, social
from agent.models.offline.vocabulary import OPPOSITE, RUN, lowered

MOST_LISTED = 20

_CREATE_TICKET = (
    r"\b(?:open|create|file|submit|raise|make|write|start|log) (?:(?:me|a|an|new|support|the|another) )*ticket\b"
    r"|\breport (?:a |an |this )?(?:bug|problem|issue|that)\b|\b(?:contact|write to|tell|message) (?:the )?support\b"
)
_PROFILE = (
    r"\bwho am i\b|\bwhoami\b|\bmy (?:athlete )?(?:profile|account|time ?zone|age|birth year|units|settings)\b"
    r"|\bwhat do you know about me\b|\bmy (?:own )?name\b|\bmy max(?:imum|imal)? heart rate (?:setting|set to)\b"
    r"|^(?:and |so )?(?:what(?:'s|s| is| are)|show(?: me)?|tell me) my (?:own )?"
    r"(?:ftp|threshold power|weight|height|(?:resting|threshold) heart rate|lthr|(?:heart[- ]rate |hr )?zones)[\s?.!]*$"
    r"|\b(?:what|which) time ?zone\b"
    r"|^(?:what|which|where)\b.*\bmy (?:heart[- ]rate |hr )?zones?(?: \d)?\b(?!.*\b(?:in|on|of|during) )"
)
_ROUTES = (
    r"\broutes?\b|\bloops?\b"
    r"|\bwhere (?:can|should|could|to) (?:i |we )?(?:go )?(?:for )?(?:an? )?(?:\w+ )?"
    r"(?:run|ride|walk|hike|jog|cycle|bike)"
)
_WANTED = r"\b(?:find|suggest|recommend|look(?:ing)? for|search for|i (?:want|need|would like)|any|give me)\b"
_ROUTE_LIKE = r"\b(?:near|around|close to|next to|flat|hilly|\d+(?:\.\d+)? ?(?:km?|kms|kilomet\w+|mi|miles?))\b"
_NEAR = r"\b(?:near|close to|next to|around(?! \d))\b"
_SOME_WAY = r"\b(?:trails?|paths?|tracks?|climbs?|hills?)\b"
_RECORDED = r"\b(?:did|was|were|have|had|has|my|longer|over|average)\b"
_SEVERAL = r"\b(?:runs|rides|walks|hikes|swims|activities|workouts)\b"
_SINGLE = r"\b(?:run|ride|walk|hike|swim|activity|workout)\b"
_COMPARATIVE = (
    r"\b(?:more|less|fewer|faster|slower|higher|lower|further|longer|better|worse|harder|compare"
    r"|affects?|influences?)\b"
)
_COMPARE = (
    r"\bcompar(?:e|ed|ing|ison)\b|\bversus\b|\bvs\b"
    r"|\b(?:more|less|fewer|faster|slower|higher|lower|further|longer|better) (?:\w+ ){0,6}?than\b"
    r"|\bdifference between\b|\bthan (?:last|in|the|this)\b"
)
_FOR_EACH = (
    r"\b(?:average|mean|typical) (?:distance|length|duration|time|climb\w*|elevation)\b|\bon average\b"
    r"|\b(?:per|each|every) (?:run|ride|walk|hike|swim|activity)\b"
)
_SHARE = r"\b(?:percent(?:age)?|share|proportion|fraction|how many of (?:my|the))\b"
_LIST = r"\b(?:list|show|which|recent)\b|\bwhat (?:did i do|have i done|activities)\b|\b(?:last|latest|recent) \d+ \w+"
_SUMMARY = (
    r"\btotals?\b|\bsummar\w*\b|\boverview\b|\baverages?\b|\bmean\b|\bhow much\b|\bstat(?:s|istics)\b"
    r"|\bhow am i doing\b|\bhow (?:was|were|is|did)\b|\bactivit(?:y|ies)\b|\bworkouts?\b|\btraining\b"
)
_COUNTERPART: Mapping[str, str] = {"last_week": "this_week", "last_month": "this_month", "last_year": "this_year"}
_DEFAULT_COMPARED = "last_30_days"


def recognise(reading: Reading) -> Request:
    """What a question asks for, taken by itself. Never fails: what is not understood is `unsupported`."""
    for recogniser in _RECOGNISERS:
        if request := recogniser(reading):
            return request
    return Request("unsupported", text=NOT_UNDERSTOOD)


def _symptoms(reading: Reading) -> Request | None:
    return _unsupported(reading) if has_symptoms(reading.text) else None


def _others(reading: Reading) -> Request | None:
    """Before everything else that reads or writes, so that nothing of the athlete's own is taken instead."""
    if reading.says(_CREATE_TICKET):  # the problem may well be that somebody else's activity is shown
        return None
    if is_social_write(reading):
        refused = writes_to_others(lowered(free_text.without_comment(reading.original)))
        return Request("unsupported", text="others") if refused else None
    refused = asks_about_others(lowered(reading.original)) and not asks_for_help(reading)
    return Request("unsupported", text="others") if refused else None


def _tickets(reading: Reading) -> Request | None:
    if reading.says(r"\btickets?\b") and reading.says(r"^(?:please )?(?:close|reopen|cancel|delete|edit|change)\b"):
        return Request("unsupported", text="changes")
    if re.search(r"^how (?:do|can|to) ", reading.text):
        return None
    if reading.says(_CREATE_TICKET):
        return Request("create_ticket", text=free_text.ticket_description(reading.original))
    if not reading.says(r"\btickets?\b"):
        return None
    number = re.search(r"\bticket\s+(?:number\s+|no\.?\s+|#\s*)?([\w-]*\d[\w-]*)", reading.original, re.IGNORECASE)
    if number:
        return Request("ticket", reference=number[1])
    status = re.search(r"\b(open|closed|solved|pending)\b", reading.rest)
    return Request("tickets", text=status[1] if status else "")


def _clubs(reading: Reading) -> Request | None:
    if reading.says(r"^(?:please )?(?:join|leave|create|start|form|found)\b.*\bclubs?\b"):
        return Request("unsupported", text="changes")
    return Request("clubs") if reading.says(r"\bclubs?\b") and not _unsupported(reading) else None


def _routes(reading: Reading) -> Request | None:
    if out_of_scope(reading.text, reading.rest) == "health" or not (reading.says(_ROUTES) or _wants_a_route(reading)):
        return None
    wish = route_wish(reading.original, reading.text)
    return Request("routes", sport=reading.sport, route=wish, in_miles=names_miles(reading))


def _wants_a_route(reading: Reading) -> bool:
    """Whether something to come is looked for at a place or of a length, rather than what is recorded."""
    if reading.windows or reading.says(_RECORDED) or extreme_of(reading):
        return False
    looked_for = reading.says(_WANTED) and reading.says(_ROUTE_LIKE)
    return looked_for or (reading.says(_NEAR) and (reading.sport is not None or reading.says(_SOME_WAY)))


def _profile(reading: Reading) -> Request | None:
    return Request("profile") if reading.says(_PROFILE) else None


def _unsupported(reading: Reading) -> Request | None:
    reason = out_of_scope(reading.text, reading.rest)
    return Request("unsupported", text=reason) if reason else None


def _compare(reading: Reading) -> Request | None:
    if reading.metric is None and reading.says(r"\b(?:faster|slower)\b"):
        reading = replace(reading, metric="pace", sports=reading.sports or (RUN,))
    if (
        reading.metric is None
        and reading.weather
        and reading.says(r"\b(?:more|fewer|less) (?:often|runs|rides|\w+s)\b")
    ):
        reading = replace(reading, metric="count")
    in_weather = bool(reading.weather) and reading.says(_COMPARATIVE) and not says_trend(reading)
    return _two_sides(reading) or _one_side(reading) if in_weather or reading.says(_COMPARE) else None


def _two_sides(reading: Reading) -> Request | None:
    """Both sides are named: two spans, two kinds of weather, or two sports."""
    if len(reading.windows) > 1:
        return request_of("compare", reading, versus=Side(window=reading.windows[1].expression))
    if len(reading.weather) > 1:
        left, right = reading.weather[:2]
        return request_of("compare", reading, weather=(left,), versus=Side(weather=(right,)))
    if len(reading.sports) > 1:
        return request_of("compare", reading, versus=Side(sport=reading.sports[1]))
    return None


def _one_side(reading: Reading) -> Request | None:
    """Only what to compare with is named; the other side is what goes on now, or everything."""
    if reading.window:  # "more than last month?": against the running one
        left_window = _COUNTERPART.get(reading.window, _DEFAULT_COMPARED)
        return request_of("compare", reading, window=left_window, versus=Side(window=reading.window))
    if reading.weather:  # against the opposite, or all weather where there is none
        opposite = tuple(OPPOSITE[name] for name in reading.weather if name in OPPOSITE)
        return request_of("compare", reading, versus=Side(weather=opposite if len(reading.weather) == 1 else ()))
    return None


def _share(reading: Reading) -> Request | None:
    return request_of("share", reading) if reading.weather and reading.says(_SHARE) else None


def _of_a_length(reading: Reading) -> Request | None:
    """Those of a length: all of them, the longest first, or as many as asked for in the asked order."""
    least, most = lengths_of(reading)
    if (least is None and most is None) or not reading.says(rf"{_SEVERAL}|{_SINGLE}|\b(?:ran|rode)\b"):
        return None
    extreme = extreme_of(reading)
    one = extreme is not None and not reading.says(_SEVERAL)
    limit = 1 if one else min(count_of(reading) or MOST_LISTED, MOST_LISTED)
    lengths = {"min_distance_m": least, "max_distance_m": most, "in_miles": names_miles(reading)}
    return request_of("recent", reading, limit=limit, extreme=extreme, **lengths)


def _listed(reading: Reading) -> Request | None:
    extreme, count = extreme_of(reading), count_of(reading)
    if count is not None:
        ranked = None if extreme == "last" else extreme
        return request_of("recent", reading, limit=max(1, min(count, MOST_LISTED)), extreme=ranked)
    if extreme and not (
        extreme == "last" and reading.says(_LIST) and reading.says(r"\b(?:activities|runs|rides|walks)\b")
    ):
        return request_of("extreme", reading, extreme=extreme)
    if len(reading.windows) == 1 and reading.windows[0].is_one_day:
        return request_of("day", reading)
    if reading.says(_LIST) and reading.metric is None and group_of(reading) is None:
        return request_of("recent", reading, limit=10)
    return None


def _totals(reading: Reading) -> Request | None:
    group = group_of(reading)
    if group:
        least = reading.says(r"\b(?:least|fewest|shortest|lowest)\b")
        return request_of("breakdown", reading, group_by=group, text="least" if least else "")
    if reading.metric in {"distance", "time", "elevation"} and reading.says(_FOR_EACH):
        return request_of("totals", reading, text="for each")
    if reading.sport is None and reading.says(r"\bpaces?\b"):  # pace is a word of runners
        return request_of("totals", reading, sport=RUN)
    named = reading.metric or reading.sport or reading.weather or reading.windows
    return request_of("totals", reading) if named or reading.says(_SUMMARY) else None


_RECOGNISERS: tuple[Callable[[Reading], Request | None], ...] = (
    _symptoms,
    capabilities,
    _others,
    _tickets,
    _clubs,
    social,
    help_wanted,
    _profile,
    _routes,
    details,
    side_by_side,
    efforts,
    load,
    advised_trend,
    _unsupported,
    _of_a_length,
    _share,
    _compare,
    trend,
    _listed,
    _totals,
)
