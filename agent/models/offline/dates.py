"""Days and months as people write them, resolved to dates. A day or month without a year is a past one."""

import re
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEAR = r"((?:19|20)\d\d)"
ISO_DAY = r"(\d{4})-(\d\d)-(\d\d)"
DAY_FIRST = rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+({MONTH})\b(?:,?\s+{YEAR})?"
MONTH_FIRST = rf"\b({MONTH})\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+{YEAR})?"
ANY_DAY = rf"(?:{ISO_DAY}|{DAY_FIRST}|{MONTH_FIRST}|today|yesterday|{'|'.join(WEEKDAYS)})"


def month_number(name: str) -> int:
    """1 to 12, by the first three letters."""
    return _MONTHS.index(name[:3]) + 1


def day_or_none(year: int, month: int, day: int) -> date | None:
    """The day, or None where the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _past_day(month: int, day: int, year: str | None, today: date) -> date | None:
    """The day named; without a year its latest occurrence that is not in the future."""
    if year:
        return day_or_none(int(year), month, day)
    this_year = day_or_none(today.year, month, day)
    return this_year if this_year and this_year <= today else day_or_none(today.year - 1, month, day)


def parse_day(text: str, today: date) -> date | None:
    """The one day a short text names, in any of the written forms, or None."""
    text = text.strip()
    if match := re.fullmatch(ISO_DAY, text):
        return day_or_none(*(int(part) for part in match.groups()))
    if match := re.fullmatch(DAY_FIRST, text):
        return _past_day(month_number(match[2]), int(match[1]), match[3], today)
    if match := re.fullmatch(MONTH_FIRST, text):
        return _past_day(month_number(match[1]), int(match[2]), match[3], today)
    if text in {"today", "yesterday"}:
        return today - timedelta(days=text == "yesterday")
    if text in WEEKDAYS:
        return latest_weekday(text, today)
    return None


def latest_weekday(name: str, today: date) -> date:
    """The latest day of that name, which may be today."""
    return today - timedelta(days=(today.weekday() - WEEKDAYS.index(name)) % 7)


def year_of_month(month: int, today: date) -> int:
    """The year in which a month without one last began."""
    return today.year if month <= today.month else today.year - 1


def names_no_real_day(text: str) -> bool:
    """Whether a normalised question names a date that does not exist, such as 31 February."""
    written = [*re.finditer(DAY_FIRST, text), *re.finditer(MONTH_FIRST, text), *re.finditer(ISO_DAY, text)]
    leap_year = date(2024, 12, 31)
    return any(parse_day(match[0], leap_year) is None for match in written)
