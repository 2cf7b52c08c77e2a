"""The span of time before another one: "and the month before?", "the year before that"."""

import re
from calendar import monthrange
from datetime import date, timedelta

_BEFORE = re.compile(
    r"\b(?P<unit>days?|weeks?|months?|years?|period|one|time) before\b(?! (?:last|yesterday)\b)"
    r"|\bbefore (?:that|then|this)\b|\bthe previous (?:one|period)\b"
)
_ROLLING = re.compile(r"last_(\d+)_(days|weeks|months)")
_MONTHS_OF_A_YEAR = 12
_SHORTEST_MONTH_DAYS = 28
_SHORTEST_YEAR_DAYS = 365

Span = tuple[date, date]


def asks_for_earlier(text: str) -> str | None:
    """The unit of a question for the span before: "month" of "and the month before"; empty if it names none."""
    found = _BEFORE.search(text)
    if found is None:
        return None
    unit = (found["unit"] or "").rstrip("s")
    return unit if unit in {"day", "week", "month", "year"} else ""


def earlier(window: str, unit: str, today: date) -> str | None:
    """The span before a span, of the same length.

    A unit longer than the span asks for the same span of the unit before: after October 2025, "the year before" is
    October 2024; after one day, "the week before" is the same weekday.

    Args:
        window: In the window grammar.
        unit: day, week, month, year, or empty for the length of the span itself.
        today: Against which relative spans are resolved.

    Returns:
        A span in the window grammar; None if there is none before, as for `all`.
    """
    span = _resolved(window, today)
    if span is None:
        return None
    start, end = span
    length = end - start
    if unit == "year" and length.days < _SHORTEST_YEAR_DAYS:
        return _written((_months_before(start, _MONTHS_OF_A_YEAR), _months_before(end, _MONTHS_OF_A_YEAR)))
    if unit == "week" and length.days == 1:
        return _written((start - timedelta(days=7), end - timedelta(days=7)))
    if unit == "month" and length.days < _SHORTEST_MONTH_DAYS:
        return _written((_months_before(start, 1), _months_before(start, 1) + length))
    rolled = _ROLLING.fullmatch(window)
    months = int(rolled[1]) if rolled and rolled[2] == "months" else _whole_months(start, end)
    return _written((_months_before(start, months) if months else start - length, start))


def _resolved(window: str, today: date) -> Span | None:
    """First day and the day after the last, as the activities tools resolve them."""
    tomorrow = today + timedelta(days=1)
    if window in {"today", "yesterday"}:
        day = today - timedelta(days=window == "yesterday")
        return day, day + timedelta(days=1)
    if rolled := _ROLLING.fullmatch(window):
        count, unit = int(rolled[1]), rolled[2]
        if unit == "months":
            return _months_before(today, count) + timedelta(days=1), tomorrow
        return tomorrow - timedelta(days=count * (7 if unit == "weeks" else 1)), tomorrow
    if named := re.fullmatch(r"(this|last)_(week|month|year)", window):
        return _calendar(named[2], today, back=named[1] == "last")
    return _written_out(window)


def _calendar(unit: str, today: date, *, back: bool) -> Span:
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return monday, monday + timedelta(days=7)
    months = 1 if unit == "month" else _MONTHS_OF_A_YEAR
    first = today.replace(day=1) if unit == "month" else today.replace(month=1, day=1)
    start = _months_before(first, months * back)
    return start, _months_before(start, -months)


def _written_out(window: str) -> Span | None:
    """Years, months, days and ranges that name their dates."""
    if re.fullmatch(r"\d{4}", window):
        return date(int(window), 1, 1), date(int(window) + 1, 1, 1)
    if re.fullmatch(r"\d{4}-\d\d", window):
        start = date.fromisoformat(f"{window}-01")
        return start, _months_before(start, -1)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", window):
        return date.fromisoformat(window), date.fromisoformat(window) + timedelta(days=1)
    if "/" in window:
        first, end = window.split("/")
        return date.fromisoformat(first), date.fromisoformat(end)
    return None


def _whole_months(start: date, end: date) -> int:
    """How many calendar months a span consists of; 0 if it is not made of whole ones."""
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * _MONTHS_OF_A_YEAR + end.month - start.month


def _months_before(day: date, months: int) -> date:
    """The same day some months before (after, where negative), or the last one of a month that is too short."""
    year, month = divmod(day.year * _MONTHS_OF_A_YEAR + day.month - 1 - months, _MONTHS_OF_A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _written(span: Span) -> str:
    """A span in the shortest form of the grammar."""
    start, end = span
    if end - start == timedelta(days=1):
        return start.isoformat()
    months = _whole_months(start, end)
    if months == 1:
        return f"{start.year:04d}-{start.month:02d}"
    if months == _MONTHS_OF_A_YEAR and start.month == 1:
        return f"{start.year:04d}"
    return f"{start.isoformat()}/{end.isoformat()}"
