"""Recognises questions about the inside of one activity, and about two to five of them side by side."""

import re
from collections.abc import Mapping
from dataclasses import replace

from agent.models.offline.out_of_scope import out_of_scope
from agent.models.offline.reading import Reading, count_of, extreme_of, extremes_of, request_of
from agent.models.offline.request import Part, Request, Side

MOST_COMPARED = 5
_NOUN = r"(?:run|ride|walk|hike|swim|activity|workout|session)"
_PARTS: Mapping[Part, str] = {
    "splits": (
        r"\bsplits?\b(?! (?:it|the|my|up)\b)|\b(?:kilomet(?:er|re)|km|mile) times\b"
        r"|\b(?:each|every|per) (?:kilomet(?:er|re)|km|mile)\b"
    ),
    "laps": r"\blaps?\b",
    "zones": r"(?<!time )\bzones?\b",
    "best_efforts": r"\bbest efforts?\b",
}
#: "my fastest split of my last run" is about the last run.
_OF_A_PART = re.compile(
    r"\b(?:first|last|best|fastest|quickest|slowest|longest|shortest) (?=(?:splits?|laps?|km|mile)\b)"
)
_ONE = (
    rf"\b(?:my|the|this|that|today's|yesterday's) (?:\w+ )?{_NOUN}\b|\b(?:its|the) (?:splits|laps|zones)\b"
    r"|\b(?:of|for|on|in|from|during) (?:it|that|this)\b"
)
_COMPARES = r"\bcompar(?:e|ed|es|ing|ison)\b|\bversus\b|\bvs\b|\bdifferences? between\b|\bside by side\b|\bagainst\b"
_COUNTED = rf"\b(?:{_NOUN[3:-1]}|activitie|ski tour|row)s\b"
_THE_ONE_BEFORE = (
    rf"\b(?:one|{_NOUN}) (?:just |right )?before(?: (?:that|it|this)(?: one)?)?\W*$"
    rf"|\b(?:with|to|and|against|vs|versus) (?:the |my )?previous (?:one|{_NOUN})\b|\b(?:with|to|and) the previous\W*$"
)
_LAST = r"\b(?:last|latest|most recent|newest|it|that|this)\b"
_ANSWERED = frozenset({None, "which activity", "efforts"})


def details(reading: Reading) -> Request | None:
    """A question about splits, laps, zones or best efforts of one activity; None if it points at none."""
    parts = tuple(part for part, pattern in _PARTS.items() if reading.says(pattern))
    if not parts or out_of_scope(reading.text, reading.rest) not in _ANSWERED:
        return None
    whole = replace(reading, rest=_OF_A_PART.sub("", reading.rest))
    if not (_one_day(reading) or extreme_of(whole) or reading.says(_ONE)):
        return None
    return request_of("details", whole, parts=parts, extreme=extreme_of(whole) or "last")


def side_by_side(reading: Reading) -> Request | None:
    """A question that sets single activities against each other."""
    if not reading.says(_COMPARES) or out_of_scope(reading.text, reading.rest) not in _ANSWERED:
        return None
    if reading.says(_THE_ONE_BEFORE) and reading.says(_LAST):
        return request_of("side_by_side", reading, extreme="last", limit=2)
    if count := _counted(reading):
        return request_of("side_by_side", reading, extreme=extreme_of(reading) or "last", limit=count)
    return _two_named(reading)


def _counted(reading: Reading) -> int | None:
    """How many activities are to be compared: two of "compare my last two runs"."""
    count = count_of(reading)
    one_kind = len(reading.sports) <= 1 and reading.says(_COUNTED)
    return count if count is not None and count > 1 and one_kind else None


def _two_named(reading: Reading) -> Request | None:
    """Two that are named by what is special about them, or by their days: "my longest run with my fastest"."""
    if len(reading.windows) == 2 and all(each.is_one_day for each in reading.windows):  # noqa: PLR2004 - a pair
        return _of_two_days(reading)
    named = extremes_of(reading)
    if len(named) == 1 and len(reading.sports) > 1:  # "my last run with my last ride"
        named *= 2
    if len(named) != 2 or not reading.says(rf"\b{_NOUN}\b") or reading.says(_COUNTED):  # noqa: PLR2004 - a pair
        return None
    second = reading.sports[1] if len(reading.sports) > 1 else None
    return request_of("side_by_side", reading, extreme=named[0], versus=Side(extreme=named[1], sport=second))


def _of_two_days(reading: Reading) -> Request | None:
    """The longest of each day, where single activities are meant rather than whole days."""
    if not reading.says(rf"\b{_NOUN}\b"):
        return None
    return request_of("side_by_side", reading, extreme="longest", versus=Side(window=reading.windows[1].expression))


def _one_day(reading: Reading) -> bool:
    return len(reading.windows) == 1 and reading.windows[0].is_one_day
