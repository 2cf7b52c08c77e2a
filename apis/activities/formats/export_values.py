"""The values of Strava's `activities.csv`: numbers in the athlete's locale, ids that a spreadsheet touched, dates.

A cell is data. What a spreadsheet would take for a formula (`=1+1`, `+1`, `@SUM`) is no number and is never evaluated
(security case I04).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Final

_NUMBER: Final = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ID_LIMIT: Final = 2**64
_NOON: Final = 12

# Short months as CLDR has them, by their first letters: English, German, French, Dutch, Spanish, Italian, Portuguese.
_MONTHS: Final = tuple(
    tuple(names.split())
    for names in (
        "jan janv ene gen",
        "feb fév fev",
        "mar mär mrt mars",
        "apr avr abr",
        "may mai mei mag",
        "jun juin giu",
        "jul juil lug",
        "aug août aou ago",
        "sep set",
        "oct okt ott out",
        "nov",
        "dec dez déc dic",
    )
)
_MONTH_OF: Final[Mapping[str, int]] = {name: 1 + at for at, names in enumerate(_MONTHS) for name in names}
_TIME: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_WORD: Final = r"(?P<month>[^\W\d_]{3,12})\.?"
_DATES: Final = tuple(
    re.compile(date + r"(?:,|\s+à)?\s+" + _TIME)
    for date in (
        _WORD + r"\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.?\s+(?:de\s+)?" + _WORD + r"\s+(?:de\s+)?(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
    )
)


def decimal_number(text: str | None) -> float | None:
    """A number with a decimal point or comma; with both, the last one is the decimal mark."""
    compact = (text or "").replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if "," in compact:
        thousands, mark = (".", ",") if compact.rfind(",") > compact.rfind(".") else (",", ".")
        compact = compact.replace(thousands, "").replace(mark, ".")
    if not _NUMBER.fullmatch(compact):
        return None
    value = float(compact)
    return value if isfinite(value) else None


def whole_number(text: str | None) -> str | None:
    """An id as digits, also when a spreadsheet made `9.233e9` or `9233077380.0` of it."""
    if not _NUMBER.fullmatch(text or ""):
        return None
    try:
        value = Decimal(text or "")
    except InvalidOperation:  # an exponent beyond what decimals hold
        return None
    if not (0 < value < _ID_LIMIT and value == value.to_integral_value()):
        return None
    return str(int(value))


def activity_date(text: str | None) -> datetime | None:
    """`Activity Date` as an aware datetime, always UTC: US, British, German, French, Dutch, …, or ISO form."""
    plain = re.sub(r"[\s\u00a0\u202f]+", " ", text or "").strip()
    for form in _DATES:
        if match := form.fullmatch(plain):
            return _instant(match.groupdict())
    return None


def _instant(parts: Mapping[str, str | None]) -> datetime | None:
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % _NOON + (_NOON if parts["half"] in "Pp" else 0)
    try:
        return datetime(
            int(parts["year"] or 0),
            _month(parts["month"] or ""),
            int(parts["day"] or 0),
            hour,
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None


def _month(text: str) -> int:
    """A month by number, or by the first four or three letters of its name; 0 if it is none."""
    if text.isdigit():
        return int(text)
    name = text.casefold()
    return _MONTH_OF.get(name[:4]) or _MONTH_OF.get(name[:3]) or 0
