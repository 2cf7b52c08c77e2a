"""Windows: text such as `last_30_days` or `2026-05` to half-open local dates in the athlete's zone.

The server resolves them because models get dates wrong; "now" is passed in, and the zone is the athlete's,
never the server's. "last N" ends with today; "last week", "last month", "last year" are the calendar ones before this.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apis.activities.analytics.errors import WindowUnreadable

GRAMMAR = (
    "last_N_days, last_N_weeks, last_N_months, today, yesterday, this_week, this_month, this_year, last_week, "
    "last_month, last_year, YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DD/YYYY-MM-DD (end excluded), all"
)
LONGEST_COUNT = 1200
FIRST_YEAR, LAST_YEAR = 1970, 2199

_COUNTED = re.compile(r"last_(\d{1,4})_(day|week|month)s?")
_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Window:
    """Local dates from `start` up to, not including, `end`, as the athlete's calendar has them."""

    label: str
    start: date
    end: date
    timezone: str

    @property
    def days(self) -> int:
        """Local dates in the window."""
        return (self.end - self.start).days

    def contains(self, local_date: date) -> bool:
        """Whether an activity that starts on this local date belongs to the window."""
        return self.start <= local_date < self.end

    def echo(self) -> dict[str, object]:
        """The resolved window as every answer repeats it."""
        return {
            "label": self.label,
            "start_date": self.start.isoformat(),
            "end_date": self.end.isoformat(),
            "timezone": self.timezone,
            "days": self.days,
        }


def resolve_window(text: str, *, now: datetime, zone: ZoneInfo, earliest: date | None = None) -> Window:
    """The local dates that a window text means.

    Args:
        text: One of `GRAMMAR`; case and surrounding blanks do not matter.
        now: The present instant, with a zone.
        zone: The athlete's zone, in which "today" is decided.
        earliest: Local date of the first activity, where `all` begins; 1970 if not given.

    Raises:
        WindowUnreadable: Not in the grammar, no such date, or no day between start and end.
    """
    if now.tzinfo is None:
        raise WindowUnreadable("the present instant has no zone")
    today = now.astimezone(zone).date()
    wanted = text.strip().lower()
    label, start, end = _resolve(wanted, today, earliest)
    if end <= start:
        raise WindowUnreadable("the window holds no day: its end must be after its start")
    return Window(label, start, end, zone.key)


def _resolve(wanted: str, today: date, earliest: date | None) -> tuple[str, date, date]:
    if wanted in _NAMED:
        start, end = _NAMED[wanted](today)
        return wanted.replace("_", " "), start, end
    if wanted == "all":
        tomorrow = today + timedelta(days=1)
        return "all", min(earliest or date(FIRST_YEAR, 1, 1), today), tomorrow
    if counted := _COUNTED.fullmatch(wanted):
        return _counted(int(counted[1]), counted[2], today)
    return _dated(wanted)


def _counted(count: int, unit: str, today: date) -> tuple[str, date, date]:
    if not 1 <= count <= LONGEST_COUNT:
        raise WindowUnreadable(f"N must be between 1 and {LONGEST_COUNT} in last_N_{unit}s")
    end = today + timedelta(days=1)
    label = f"last {count} {unit}s" if count != 1 else f"last {unit}"
    if unit == "month":
        return label, _months_before(end, count), end
    return label, end - timedelta(days=count * (7 if unit == "week" else 1)), end


def _dated(wanted: str) -> tuple[str, date, date]:
    if _YEAR.fullmatch(wanted):
        start = _day(f"{wanted}-01-01")
        return wanted, start, date(start.year + 1, 1, 1)
    if _MONTH.fullmatch(wanted):
        start = _day(f"{wanted}-01")
        return wanted, start, _next_month(start)
    if _DAY.fullmatch(wanted):
        start = _day(wanted)
        return wanted, start, start + timedelta(days=1)
    first, slash, last = wanted.partition("/")
    if slash and _DAY.fullmatch(first) and _DAY.fullmatch(last):
        return f"{first} to {last} (end excluded)", _day(first), _day(last)
    raise WindowUnreadable(f"the window is not in the grammar; allowed: {GRAMMAR}")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise WindowUnreadable("the window names a date that no calendar has") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise WindowUnreadable(f"the year must be between {FIRST_YEAR} and {LAST_YEAR}")
    return day


def _months_before(day: date, count: int) -> date:
    """The same day of an earlier month, or that month's last day where it is shorter."""
    year, month0 = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_NAMED: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda day: (day, day + timedelta(days=1)),
    "yesterday": lambda day: (day - timedelta(days=1), day),
    "this_week": lambda day: (_monday(day), day + timedelta(days=1)),
    "this_month": lambda day: (day.replace(day=1), day + timedelta(days=1)),
    "this_year": lambda day: (date(day.year, 1, 1), day + timedelta(days=1)),
    "last_week": lambda day: (_monday(day) - timedelta(days=7), _monday(day)),
    "last_month": lambda day: (_months_before(day.replace(day=1), 1), day.replace(day=1)),
    "last_year": lambda day: (date(day.year - 1, 1, 1), date(day.year, 1, 1)),
}
