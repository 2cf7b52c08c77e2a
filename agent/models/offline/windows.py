"""Natural spans of time in the window grammar of the activities tools.

The grammar: ``last_N_days|weeks|months``, ``today``, ``yesterday``, ``this_|last_`` + ``week|month|year``, ``YYYY``,
``YYYY-MM``, ``YYYY-MM-DD``, ``YYYY-MM-DD/YYYY-MM-DD`` (end excluded) and ``all``. Relative words stay relative, so that
the server resolves them in the athlete's own zone; only names of days and months are resolved here.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from agent.models.offline.dates import (
    ANY_DAY,
    DAY_FIRST,
    ISO_DAY,
    MONTH,
    MONTH_FIRST,
    WEEKDAYS,
    YEAR,
    day_or_none,
    latest_weekday,
    month_number,
    parse_day,
    year_of_month,
)

_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip
_NUMBER = r"(\d{1,3}|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + r")"
_NTH = ("first", "second", "third", "fourth", "last")
_SEASON_START = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


@dataclass(frozen=True)
class Window:
    """One span of time found in a question.

    Attributes:
        expression: The span in the window grammar.
        start: Where its words begin in the text.
        end: Where they end.
    """

    expression: str
    start: int
    end: int

    @property
    def is_one_day(self) -> bool:
        """Whether the span is a single calendar day."""
        return is_one_day(self.expression)


def is_one_day(expression: str | None) -> bool:
    """Whether an expression of the grammar names a single calendar day."""
    return expression in {"today", "yesterday"} or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", expression or ""))


def _span(start: date, last: date) -> str:
    return f"{start.isoformat()}/{(last + timedelta(days=1)).isoformat()}"


def _month_window(month: int, year: int) -> str:
    return f"{year:04d}-{month:02d}"


def _count(words: str) -> int:
    return int(words) if words.isdigit() else _NUMBER_WORDS[words]


# Each rule turns one match into an expression, or None when the words turn out not to be a span.


def _explicit_range(match: re.Match[str], _today: date) -> str | None:
    return f"{match[1]}/{match[2]}" if match[1] < match[2] else None


def _day_to_day(match: re.Match[str], today: date) -> str | None:
    first, last = parse_day(match["first"], today), parse_day(match["last"], today)
    if first is None or last is None:
        return None
    if first > last and not re.search(r"\d{4}", match["first"]):  # "from 3 December to 4 January 2026"
        first = first.replace(year=first.year - 1)
    return _span(first, last) if first <= last else None


def _days_of_month(match: re.Match[str], today: date) -> str | None:
    last = parse_day(match["last"], today)
    first = day_or_none(last.year, last.month, int(match["first"])) if last else None
    return _span(first, last) if first and last and first <= last else None


def _month_to_month(match: re.Match[str], today: date) -> str | None:
    last_month = month_number(match[2])
    last_year = int(match[3]) if match[3] else year_of_month(last_month, today)
    first_month = month_number(match[1])
    first = date(last_year - (first_month > last_month), first_month, 1)
    after = date(last_year + last_month // 12, last_month % 12 + 1, 1)
    return f"{first.isoformat()}/{after.isoformat()}"


def _since(match: re.Match[str], today: date) -> str | None:
    text = match["since"]
    if text.isdigit():
        start: date | None = date(int(text), 1, 1)
    elif month := re.fullmatch(rf"({MONTH})(?:\s+{YEAR})?", text):
        number = month_number(month[1])
        start = date(int(month[2]) if month[2] else year_of_month(number, today), number, 1)
    else:
        start = parse_day(text, today)
    return _span(start, today) if start and start <= today else None


def _one_day(match: re.Match[str], today: date) -> str | None:
    day = parse_day(match[0], today)
    return day.isoformat() if day else None


def _named_month(match: re.Match[str], today: date) -> str | None:
    month = month_number(match["month"])
    year = match["year"]
    return _month_window(month, int(year) if year else year_of_month(month, today))


def _last_named_month(match: re.Match[str], today: date) -> str | None:
    month = month_number(match[1])
    return _month_window(month, today.year if month < today.month else today.year - 1)


def _rolling(match: re.Match[str], _today: date) -> str | None:
    count, unit = _count(match[1]), match[2]
    if unit == "year":
        count, unit = count * 12, "month"
    return f"last_{count}_{unit}s" if count else None


def _past_unit(match: re.Match[str], _today: date) -> str | None:
    return {"week": "last_7_days", "month": "last_30_days", "year": "last_12_months", "fortnight": "last_14_days"}[
        match[1]
    ]


def _calendar_unit(match: re.Match[str], _today: date) -> str | None:
    which = "this" if match[1] in {"this", "current"} else "last"
    return f"{which}_{match[2]}"


def _week_of_month(match: re.Match[str], today: date) -> str | None:
    """Seven days, counted from the first of the month; the last seven for its last week."""
    month = month_number(match["named"])
    first = date(int(match["year"]) if match["year"] else year_of_month(month, today), month, 1)
    if match["which"] == "last":
        first = first.replace(day=monthrange(first.year, month)[1] - 6)
    else:
        first += timedelta(days=7 * (_NTH.index(match["which"])))
    return _span(first, first + timedelta(days=6))


def _ago(match: re.Match[str], today: date) -> str | None:
    return _counted_back(_count(match[1]), match[2], today)


def _before_last(match: re.Match[str], today: date) -> str | None:
    return str(today.year - 2) if match[1] == "year" else _counted_back(2, match[1], today)


def _counted_back(count: int, unit: str, today: date) -> str:
    if unit == "day":
        return (today - timedelta(days=count)).isoformat()
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * count)
        return _span(monday, monday + timedelta(days=6))
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "year" else 1)
    return _month_window(months % 12 + 1, months // 12)


def _season(match: re.Match[str], today: date) -> str | None:
    first_month = _SEASON_START[match["season"]]
    year = int(match["year"]) if match["year"] else today.year
    start = date(year, first_month, 1)
    if not match["year"] and start > today:
        start = start.replace(year=year - 1)
    end_month = first_month + 3
    return f"{start.isoformat()}/{date(start.year + end_month // 13, (end_month - 1) % 12 + 1, 1).isoformat()}"


def _weekday(match: re.Match[str], today: date) -> str | None:
    day = latest_weekday(match["weekday"], today)
    if match["last"] and day == today:
        day -= timedelta(days=7)
    return day.isoformat()


def _weekend(_match: re.Match[str], today: date) -> str | None:
    saturday = latest_weekday("saturday", today)
    return _span(saturday, saturday + timedelta(days=1))


def _fixed(expression: str) -> Callable[[re.Match[str], date], str | None]:
    return lambda _match, _today: expression


def _plain(pattern: str) -> str:
    """The pattern without capturing groups, for use inside another one."""
    return re.sub(r"\((?!\?)", "(?:", pattern)


_BEFORE_BARE_MONTH = r"(?:in|of|during|for|with|and|than|to|from|vs|versus|about|compare|this|,)"
# "March" and "may" are also verbs, so alone they name no month.
_UNMISTAKABLE = "january|february|april|june|july|august|september|october|november|december"
_SEASON = (
    r"\b(?:last|this|in|the)?\s*(?P<season>spring|summer|autumn|fall|winter)\b"
    r"(?:\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?"
)
_RULES: tuple[tuple[str, Callable[[re.Match[str], date], str | None]], ...] = (
    (rf"\b(?P<which>{'|'.join(_NTH)}) week of (?P<named>{MONTH})\b(?:\s+(?P<year>(?:19|20)\d\d))?", _week_of_month),
    (r"(\d{4}-\d\d-\d\d)\s*/\s*(\d{4}-\d\d-\d\d)", _explicit_range),
    (
        rf"\b(?:between\s+|from\s+)?(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:to|until|till|and|-)\s*(?P<last>{_plain(DAY_FIRST)})",
        _days_of_month,
    ),
    (
        rf"(?:between|from)\s+(?P<first>{_plain(ANY_DAY)})\s*(?:to|until|till|through|and|-)\s*(?P<last>{_plain(ANY_DAY)})",
        _day_to_day,
    ),
    (rf"(?P<first>{_plain(ANY_DAY)})\s*(?:to|until|till|through)\s+(?P<last>{_plain(ANY_DAY)})", _day_to_day),
    (rf"(?:between|from)\s+({MONTH})\s+(?:to|until|and|through)\s+({MONTH})\b(?:\s+{YEAR})?", _month_to_month),
    (rf"since\s+(?P<since>{_plain(ANY_DAY)}|{_plain(MONTH)}(?:\s+\d{{4}})?|\d{{4}})\b", _since),
    (ISO_DAY, _one_day),
    (rf"\b{DAY_FIRST}", _one_day),
    (MONTH_FIRST, _one_day),
    (rf"\b{YEAR}-(0[1-9]|1[0-2])\b", lambda match, _today: match[0]),
    (rf"\b(?:last|previous)\s+({MONTH})\b(?!\s+\d)", _last_named_month),
    (rf"\b(?P<month>{MONTH})\s+(?:of\s+)?(?P<year>(?:19|20)\d\d)\b", _named_month),
    (rf"(?:\b|(?<=,)){_BEFORE_BARE_MONTH}\s+(?P<month>{MONTH})\b(?P<year>)", _named_month),
    (rf"\b(?P<month>{_UNMISTAKABLE})\b(?P<year>)", _named_month),
    (_SEASON, _season),
    (rf"\b(?:last|past|previous|recent)\s+{_NUMBER}\s+(day|week|month|year)s?\b", _rolling),
    (rf"\b{_NUMBER}\s+(day|week|month|year)s?\s+ago\b", _ago),
    (r"\b(?:last|previous)\s+quarter\b", _fixed("last_3_months")),
    (r"\b(?:past|last)\s+(fortnight)\b", _past_unit),
    (r"\bpast\s+(week|month|year)\b", _past_unit),
    (r"\b(this|current|last|previous)\s+(week|month|year)\b", _calendar_unit),
    (r"\bmy (week|month|year)\b", lambda match, _today: f"this_{match[1]}"),
    (r"\b(?:the )?(week|month|year) before last\b", _before_last),
    (r"\byear[- ]to[- ]date\b|\bytd\b", _fixed("this_year")),
    (r"\bday before yesterday\b", lambda _match, today: (today - timedelta(days=2)).isoformat()),
    (r"\btoday\b|\bthis (?:morning|afternoon|evening)\b", _fixed("today")),
    (r"\byesterday\b|\blast night\b", _fixed("yesterday")),
    (r"\b(?:this|last|past|the|on)\s+weekend\b", _weekend),
    (rf"\b(?:on\s+)?(?P<last>last\s+|past\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b", _weekday),
    (rf"\b{YEAR}\b(?!\s*(?:m|km|k|meters|metres)\b)", lambda match, _today: match[1]),
)  # fmt: skip
_EVERYTHING = re.compile(
    r"\ball[- ]?time\b|\bever\b|\blifetime\b|\bin total\b|\baltogether\b|"
    r"\bin all\b(?!\s+(?:\w+\s+)?(?:weathers?|conditions|seasons|sports|kinds|types|of)\b)|\boverall\b|\bso far\b"
    r"|\bentire (?:history|archive)\b"
    r"|\bsince (?:the beginning|i started)\b|\bof all\b|\ball (?:of )?(?:my|the)?\s*(?:\w+\s+)?"
    r"(?:runs?|rides?|walks?|hikes?|swims?|activities|workouts|data|history|years)\b|\ball (?:my|the) \w+\b"
)


def find_windows(text: str, today: date) -> list[Window]:
    """Every span of time a normalised question names, in the order of its words.

    Args:
        text: The question, lower case.
        today: The date that names of months and weekdays are resolved against.

    Returns:
        The windows; one that means everything only if nothing more precise was said. Empty if none was named.
    """
    remaining, found = text, []
    for pattern, rule in _RULES:
        for match in re.finditer(pattern, remaining):
            expression = rule(match, today)
            start = match.start("month") if "month" in match.groupdict() else match.start()
            # also when it is no real day: the month of a "31 February" must not be read alone
            remaining = remaining[:start] + "\0" * (match.end() - start) + remaining[match.end() :]
            if expression:
                found.append(Window(expression, start, match.end()))
    if not found and (everything := _EVERYTHING.search(text)):
        found.append(Window("all", everything.start(), everything.end()))
    return sorted(found, key=lambda window: window.start)


def without_windows(text: str, windows: list[Window]) -> str:
    """The text with the words of the windows blanked, so that "last week" no longer holds a "last"."""
    for window in windows:
        if window.expression != "all":
            text = text[: window.start] + " " * (window.end - window.start) + text[window.end :]
    return text
