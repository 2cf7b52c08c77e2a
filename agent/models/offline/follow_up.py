"""Follow-up questions: "and when it is hot?", "and last year?", "only rides" reuse the question before."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from agent.models.offline.activity_follow_up import continued_about_one
from agent.models.offline.earlier import asks_for_earlier, earlier
from agent.models.offline.intents import recognise
from agent.models.offline.out_of_scope import NOT_UNDERSTOOD
from agent.models.offline.parts import parts_of
from agent.models.offline.reading import CONTINUES, Reading, read
from agent.models.offline.request import DEFAULT_WINDOW, Kind, Request, Side
from agent.models.offline.route_follow_up import next_route

_POINTS_BACK = re.compile(r"\b(?:it|that|this|that one|them|those|there)\b")
#: A superlative without a noun means one of what was just answered: "What was the longest?"
_ONE_OF_THOSE = re.compile(
    r"\b(?:longest|furthest|farthest|biggest|shortest|fastest|quickest|slowest|first|last|latest)"
    r"(?: (?:one|of (?:them|those|these|all)))?[\s?.!]*$"
)
_FEW_WORDS = 4
#: Kinds that have spans of time, sports and weather, so that a changed slot makes sense.
_WITH_SLOTS: frozenset[Kind] = frozenset(
    {"totals", "breakdown", "compare", "trend", "load", "efforts", "extreme", "recent", "day"}
)
#: What a question that only names a slot is recognised as.
_BARE: frozenset[Kind] = frozenset({"totals", "day", "unsupported", "recent"})
_POINTING: frozenset[Kind] = frozenset({"kudos", "comments", "give_kudos", "add_comment", "details"})


def understand(questions: Sequence[str], today: date) -> list[Request]:
    """What the last line asks, read in the light of the lines before it.

    Args:
        questions: The athlete's questions of this conversation, oldest first; at least one.
        today: Against which names of months and days are resolved.

    Returns:
        At least one request; several where the line holds several questions.
    """
    asked: list[Request] = []
    previous: Request | None = None
    for line in questions:
        asked = []
        for part in parts_of(line, today):
            reading = read(part, today)
            alone = _against_the_span_before(recognise(reading), reading, today)
            previous = _continued(previous, reading, alone, today) if previous else alone
            asked += _of_each(previous, reading)
    return _without_repetitions(asked)


def _against_the_span_before(alone: Request, reading: Reading, today: date) -> Request:
    """The other side of "last month compared to the month before" follows from the first one."""
    unit = asks_for_earlier(reading.text)
    if alone.kind != "compare" or unit is None or reading.window is None:
        return alone
    return replace(alone, window=reading.window, versus=Side(window=earlier(reading.window, unit, today)))


def _of_each(request: Request, reading: Reading) -> list[Request]:
    """Two totals, where both runs and rides are asked for; a load for each span of time."""
    if request.kind == "load":
        return [replace(request, window=each.expression) for each in reading.windows] or [request]
    if request.kind != "totals" or len(reading.sports) == 1:
        return [request]
    return [replace(request, sport=sport) for sport in reading.sports] or [request]


def _without_repetitions(requests: Sequence[Request]) -> list[Request]:
    """Each answer once: totals hold every quantity, and kudos of an activity begin with the activity itself."""
    if any(request.text == "advice" for request in requests):
        requests = [replace(each, text="advice") if each.kind == "trend" else each for each in requests]
    kept: list[Request] = []
    for position, request in enumerate(requests):
        if any(replace(request, metric=None) == replace(other, metric=None) for other in kept):
            continue
        shown_later = request.kind == "extreme" and any(
            other.kind in _POINTING
            and replace(request, kind=other.kind, text=other.text, metric=None) == replace(other, metric=None)
            for other in requests[position + 1 :]
        )
        if not shown_later:
            kept.append(request)
    return kept


def _continued(previous: Request, reading: Reading, alone: Request, today: date) -> Request:
    if (about := continued_about_one(previous, reading, alone)) is not None:
        return about
    unit = asks_for_earlier(reading.text)
    if unit is not None and previous.kind in _WITH_SLOTS and (sooner := _before(previous, unit, today)):
        return sooner
    if alone.kind in _POINTING:
        return _pointed_back(previous, reading, alone)
    if previous.kind == "routes" and previous.route is not None:
        return next_route(previous, previous.route, reading, alone)
    if previous.kind in _WITH_SLOTS and alone.kind != "routes" and _is_follow_up(reading, alone):
        return _reused(previous, reading, alone)
    return alone


def _before(previous: Request, unit: str, today: date) -> Request | None:
    """The question before about the span before; of a comparison, about the span before its other side."""
    compared = previous.versus.window if previous.kind == "compare" and previous.versus else None
    window = earlier(compared or previous.window or DEFAULT_WINDOW, unit, today)
    if window is None:
        return None
    kind = "totals" if compared else previous.kind
    return replace(previous, kind=kind, window=window, versus=None if compared else previous.versus)


def _reused(previous: Request, reading: Reading, alone: Request) -> Request:
    """The question before with what this one changes."""
    if alone.kind == "compare" or _compares_with_that(reading):
        return _compared_with_previous(previous, reading, alone)
    if alone.kind in _BARE:
        return _with_changed_slots(previous, reading, alone)
    if alone.kind in _WITH_SLOTS:  # "and am I improving?", "and the longest?"
        return replace(
            alone,
            window=alone.window or _span_answered(previous, alone),
            sport=alone.sport or previous.sport,
            weather=alone.weather or previous.weather,
        )
    return alone


def _span_answered(previous: Request, alone: Request) -> str | None:
    """The span of the answer before, also where it was not named: single activities are looked for in all time."""
    undated_totals = previous.kind == "totals" and previous.window is None
    return DEFAULT_WINDOW if undated_totals and alone.kind == "extreme" else previous.window


def _is_follow_up(reading: Reading, alone: Request) -> bool:
    if alone.kind == "unsupported" and alone.text != NOT_UNDERSTOOD:
        return False
    if not (reading.windows or reading.sports or reading.weather or reading.metric or alone.kind in _WITH_SLOTS):
        return False
    if CONTINUES.search(reading.text) or _is_one_of_those(reading, alone):
        return True
    return len(reading.text.split()) <= _FEW_WORDS and alone.kind in _BARE and reading.metric is None


def _is_one_of_those(reading: Reading, alone: Request) -> bool:
    return alone.kind == "extreme" and not reading.sports and _ONE_OF_THOSE.search(reading.rest) is not None


def _with_changed_slots(previous: Request, reading: Reading, alone: Request) -> Request:
    """The question before with the slots that were named now; a single day turns totals into that day."""
    kind = previous.kind
    one_day = bool(reading.windows) and reading.windows[0].is_one_day
    if one_day and kind in {"totals", "recent", "day", "extreme"}:
        kind = "day"
    elif kind == "day" and reading.windows:
        kind = "totals"
    everything = bool(re.search(r"\ball (?:sports|activities)\b|\beverything\b", reading.text))
    return replace(
        previous,
        kind=kind,
        window=reading.window or previous.window,
        sport=None if everything else reading.sport or previous.sport,
        weather=reading.weather or previous.weather,
        metric=alone.metric or previous.metric,
    )


def _compares_with_that(reading: Reading) -> bool:
    return bool(re.search(r"\bcompare (?:that|this|it)\b|\bcompared? (?:to|with)\b|\bversus\b|\bvs\b", reading.text))


def _compared_with_previous(previous: Request, reading: Reading, alone: Request) -> Request:
    if len(reading.windows) > 1 or len(reading.weather) > 1 or len(reading.sports) > 1:
        return replace(alone, sport=alone.sport or previous.sport, metric=alone.metric or previous.metric)
    other = Side(
        window=reading.window,
        sport=reading.sport,
        weather=tuple(reading.weather) or None,
    )
    window = previous.window
    if other.window is not None and window in {None, other.window}:
        window = alone.window
    return replace(
        previous, kind="compare", window=window, metric=alone.metric or previous.metric, versus=other, group_by=None
    )


def _pointed_back(previous: Request, reading: Reading, alone: Request) -> Request:
    """Kudos or a comment for "it": the activity that the question before was about."""
    reading = reading.without_words(alone.text if alone.kind == "add_comment" else "")
    names_its_own = reading.windows or reading.sports or re.search(r"\blast|latest|longest|fastest\b", reading.rest)
    if previous.text == "others" and not names_its_own and _POINTS_BACK.search(reading.text):
        return previous  # "it" is somebody else's: nothing of the athlete's own is taken instead
    same_activity = previous.kind in _POINTING | {"extreme", "day"}
    if names_its_own or not same_activity or not (_POINTS_BACK.search(reading.text) or alone.kind == "details"):
        return alone
    extreme = previous.extreme or alone.extreme
    return replace(alone, window=previous.window, sport=previous.sport, weather=previous.weather, extreme=extreme)
