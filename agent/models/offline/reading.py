"""Takes a question apart: its words, spans of time, sports, weather, and which single activity or parts it means."""

import re
from dataclasses import dataclass, replace
from datetime import date

from agent.models.offline.request import Extreme, GroupBy, Kind, Request
from agent.models.offline.vocabulary import Metric, Sport, find_metric, find_sports, find_weather, normalise
from agent.models.offline.windows import Window, find_windows, without_windows

_EXTREMES: tuple[tuple[str, Extreme], ...] = (
    (r"longest (?:\w+ )?(?:in |by )?(?:time|duration)|longest lasting|most time", "longest_time"),
    (r"longest|furthest|farthest|biggest|greatest distance", "longest"),
    (r"fastest|quickest|best pace|highest speed", "fastest"),
    (r"slowest", "slowest"),
    (r"shortest", "shortest"),
    (r"(?:very )?first|earliest|oldest", "first"),
    (r"last|latest|most recent|newest|previous", "last"),
)
_GROUPS: tuple[tuple[str, GroupBy], ...] = (
    (r"(?:per|by|each|every|a) week|weekly|week by week|which week", "week"),
    (r"(?:per|by|each|every|a) month|monthly|month by month|which month", "month"),
    (r"(?:per|by|each|every) (?:sport|activity type|discipline|type)|which sports?", "sport"),
    (r"(?:per|by|each) (?:weather|condition|conditions|temperature)|depending on the weather|which weather", "weather"),
    (r"(?:given|certain|particular|different|various) (?:kinds? of )?(?:weather|conditions?)", "weather"),
)


_SUPERLATIVE = r"(?:longest|furthest|farthest|biggest|fastest|quickest|slowest|shortest)"
_COUNT_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT = rf"(\d{{1,2}}|{'|'.join(_COUNT_WORDS)})"
_COUNTED = re.compile(
    rf"\b{_COUNT}\s+(?:{_SUPERLATIVE}|most recent|latest|newest|last|first)\b"
    rf"|\b(?:{_SUPERLATIVE}|last|latest|recent|newest|previous|first)\s+{_COUNT}\s+(?!k\b|kms?\b|kilomet|mi\b|miles?\b)\w+"
)
_NUMBER = r"(\d+(?:\.\d+)?)"
_UNIT = r"(km|k|kms|kilomet\w+|mi|miles?)\b(?!/)"
_LENGTH = rf"{_NUMBER}\s*\+?\s*{_UNIT}"
_BETWEEN = re.compile(rf"{_NUMBER}\s*(?:km|k|mi|miles?)?\s*(?:to|and|-)\s*{_LENGTH}")
_AT_LEAST = re.compile(
    rf"\b(?:longer than|further than|farther than|more than|over|above|at least)\s+{_LENGTH}"
    rf"|\b{_LENGTH}\s+(?:or|and) (?:more|longer|further|over|above)\b"
)
_AT_MOST = re.compile(
    rf"\b(?:shorter than|less than|fewer than|under|below|at most|up to|no longer than)\s+{_LENGTH}"
    rf"|\b{_LENGTH}\s+(?:or|and) (?:less|shorter|under|below)\b"
)
_METRES_PER_MILE = 1609.344


#: How a line begins that goes on with what was asked before.
CONTINUES = re.compile(
    r"^\s*(?:and|but|or|only|just|now|then|also|same|what about|how about|what if|instead|ok(?:ay)?|in that|"
    r"(?:more|less|fewer|faster|slower|higher|lower|further) than|"
    r"compare (?:that|this|it)|for|with|without|excluding|by|per|in|on|when)\b"
)


@dataclass(frozen=True)
class Reading:
    """A question taken apart once; every intent reads from it.

    Attributes:
        original: As typed.
        text: Normalised.
        rest: Normalised, with the words that name spans of time blanked.
    """

    original: str
    text: str
    rest: str
    windows: tuple[Window, ...]
    sports: tuple[Sport, ...]
    weather: tuple[str, ...]
    metric: Metric | None

    @property
    def window(self) -> str | None:
        return self.windows[0].expression if self.windows else None

    @property
    def sport(self) -> Sport | None:
        return self.sports[0] if self.sports else None

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.rest) is not None

    def without_words(self, words: str) -> "Reading":
        """The question without words that are to be written: "Nice run" on a ride is still about the ride."""
        if not words:
            return self
        text = normalise(self.original.replace(words, " ", 1))
        windows = tuple(window for window in self.windows if self.text[window.start : window.end] in text)
        rest = text
        for window in windows:
            rest = rest.replace(self.text[window.start : window.end], " ", 1)
        return replace(
            self,
            text=text,
            rest=" ".join(rest.split()),
            windows=windows,
            sports=tuple(find_sports(rest)),
            weather=tuple(find_weather(rest)),
            metric=find_metric(rest),
        )


def read(question: str, today: date) -> Reading:
    """Take a question apart."""
    text = normalise(question)
    windows = find_windows(text, today)
    rest = " ".join(without_windows(text, windows).split())
    return Reading(
        original=question.strip(),
        text=text,
        rest=rest,
        windows=tuple(windows),
        sports=tuple(find_sports(rest)),
        weather=tuple(find_weather(rest)),
        metric=find_metric(rest),
    )


def request_of(kind: Kind, reading: Reading, **more: object) -> Request:
    """A request with the span, sport, weather and quantity that a question names, and what else fills it."""
    values = {"window": reading.window, "sport": reading.sport, "weather": reading.weather, "metric": reading.metric}
    return Request(kind, **{**values, **more})  # type: ignore[arg-type]  # the names are the fields of Request


def extreme_of(reading: Reading) -> Extreme | None:
    """Which single activity a question means: the longest, the last; None if it means many."""
    found = [
        (match.start(), name)
        for pattern, name in _EXTREMES
        if (match := re.search(rf"\b(?:{pattern})\b", reading.rest))
    ]
    # "my last longest run" does not occur; "the longest of my last runs" does, so superlatives come first in the table
    return found[0][1] if found else None


def extremes_of(reading: Reading) -> list[Extreme]:
    """Every single activity that a question names by what is special about it, in the order of its words."""
    found: dict[int, Extreme] = {}
    for pattern, name in _EXTREMES:
        for match in re.finditer(rf"\b(?:{pattern})\b", reading.rest):
            found.setdefault(match.start(), name)
    return list(dict.fromkeys(name for _, name in sorted(found.items())))


def count_of(reading: Reading) -> int | None:
    """How many activities a question wants: 3 of "my 3 longest rides" or "the last three runs"; None if it says not."""
    found = _COUNTED.search(reading.rest)
    if found is None:
        return None
    number = found[1] or found[2]
    return int(number) if number.isdigit() else _COUNT_WORDS.index(number) + 2


def lengths_of(reading: Reading) -> tuple[int | None, int | None]:
    """Least and greatest length in metres that activities may have: (10000, None) of "over 10 km"."""
    if (found := _BETWEEN.search(reading.rest)) is not None:
        low, high = sorted(_metres(number, found[3]) for number in (found[1], found[2]))
        return low, high
    return _limit(_AT_LEAST.search(reading.rest)), _limit(_AT_MOST.search(reading.rest))


def names_miles(reading: Reading) -> bool:
    """Whether a length of the question is in miles."""
    return re.search(rf"{_NUMBER}\s*\+?\s*-?(?:mi|miles?)\b", reading.rest) is not None


def _limit(found: re.Match[str] | None) -> int | None:
    return _metres(found[1] or found[3], found[2] or found[4]) if found else None


def _metres(number: str, unit: str) -> int:
    return round(float(number) * (_METRES_PER_MILE if unit.startswith("mi") else 1000))


def group_of(reading: Reading) -> GroupBy | None:
    """By what a question wants its answer broken down."""
    return next((group for pattern, group in _GROUPS if re.search(rf"\b(?:{pattern})\b", reading.rest)), None)
