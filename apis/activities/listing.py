"""Pages of a list of activities, and how many there are in all.

The common list, by start, reads one page and the tallies, however long the history is. A list that has to look at
every activity of its window (by weather, words, distance, or in another order) reads the window.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from apis.activities.analytics.summary import Coverage
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window
from apis.activities.library import PAGE, ActivityLibrary, Span
from apis.activities.models import Activity
from apis.activities.selection import Order, OrderBy, Selection, local_date_of, span_of
from apis.activities.tallies import Count, months_between, total
from apis.serving.errors import CursorRefused
from apis.serving.store import Item

_DAY: Final = timedelta(days=1)
_FARTHEST_ZONE: Final = timedelta(hours=15)  # local clocks differ from UTC by less than this
_ANY_ORDER: Final = timedelta(days=2)  # so local dates run against the order of starts by no more than this
_EDGE: Final = 10  # rows read at a time to find that one lies beyond a window, as the first one mostly does


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed, and in which order."""

    selection: Selection
    window: Window
    order_by: OrderBy
    order: Order
    bands: WeatherBands

    def holds(self, item: Item) -> bool:
        """Whether a row belongs to the list."""
        return self.window.contains(local_date_of(item)) and self.selection.matches_row(item.doc, self.bands)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page; `coverage` speaks of the whole list, and `next_position` is where the next page goes on."""

    activities: tuple[Activity, ...]
    coverage: Coverage
    next_position: str | None


def list_activities(library: ActivityLibrary, listing: Listing, *, limit: int, after: str | None) -> Listed:
    """One page of a list.

    Args:
        library: The athlete's.
        listing: What is listed.
        limit: Most activities of the page.
        after: `next_position` of the page before.

    Raises:
        CursorRefused: The position is none of a list in this order.
    """
    if listing.order_by != "start_date" or listing.selection.looks_inside:
        return _by_reading_all(library, listing, limit, after)
    page = list(islice(_rows(library, listing, after, at_once=limit + 1), limit + 1))
    shown = page[:limit]
    return Listed(
        activities=tuple(map(_activity, shown)),
        coverage=_coverage(_count(library, listing)),
        next_position=shown[-1].sk if len(page) > limit else None,
    )


def _rows(
    library: ActivityLibrary, listing: Listing, after: str | None = None, *, at_once: int = PAGE
) -> Iterator[Item]:
    desc = listing.order == "desc"
    return filter(listing.holds, library.documents(span_of(listing.window), desc=desc, after=after, at_once=at_once))


def _count(library: ActivityLibrary, listing: Listing) -> Count:
    """Whole months by the tallies, the days beside them by their rows."""
    start, end = _tight(library, listing.window)
    whole, rest = months_between(start, end)
    sports = listing.selection.sport_types
    found = total(library.store, library.partition, whole, sports=sports)
    for first, last in rest:
        days = Window("", first, last, listing.window.timezone)
        some = Listing(listing.selection, days, listing.order_by, listing.order, listing.bands)
        found = sum((_count_of(row.doc) for row in _rows(library, some)), found)
    return found


def _tight(library: ActivityLibrary, window: Window) -> tuple[date, date]:
    """The window, widened to whole months where nothing lies beyond it anyway."""
    earliest, latest = library.earliest(), library.latest()
    if earliest is None or latest is None:
        return window.start, window.start
    first, last = (each.activity.start_date_local.date() for each in (earliest, latest))
    start, end = window.start, window.end
    if _nothing_before(library, start):
        start = max(start, first - _ANY_ORDER).replace(day=1)
    if _nothing_from(library, end):
        end = _month_after(min(end - _DAY, last + _ANY_ORDER))
    return start, end


def _nothing_before(library: ActivityLibrary, day: date) -> bool:
    """Whether no activity has an earlier local date.

    Local dates may run against the order of starts, so this asks every row until the day has begun everywhere.
    """
    begun = datetime.combine(day, time(), UTC) + _FARTHEST_ZONE
    return all(local_date_of(row) >= day for row in library.documents(Span(until=begun), at_once=_EDGE))


def _nothing_from(library: ActivityLibrary, day: date) -> bool:
    """Whether no activity has this local date or a later one; see `_nothing_before`."""
    begins = datetime.combine(day, time(), UTC) - _FARTHEST_ZONE
    return all(local_date_of(row) < day for row in library.documents(Span(since=begins), desc=True, at_once=_EDGE))


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _by_reading_all(library: ActivityLibrary, listing: Listing, limit: int, after: str | None) -> Listed:
    rows = _ordered(list(_rows(library, replace(listing, order="desc"))), listing)
    start = 0 if after is None else _Position.read(after).place_in(rows, listing)
    shown = rows[start : start + limit]
    return Listed(
        activities=tuple(map(_activity, shown)),
        coverage=_coverage(sum((_count_of(row.doc) for row in rows), Count())),
        next_position=_Position.of(shown[-1], listing).text if start + limit < len(rows) else None,
    )


def _ordered(newest_first: list[Item], listing: Listing) -> list[Item]:
    """By one quantity, rows without it last; the later start, then the id, decides between equals."""
    if listing.order_by == "start_date":
        return newest_first if listing.order == "desc" else newest_first[::-1]
    known = [row for row in newest_first if _value(row, listing) is not None]
    known.sort(key=lambda row: _value(row, listing) or 0.0, reverse=listing.order == "desc")
    return known + [row for row in newest_first if _value(row, listing) is None]


@dataclass(frozen=True, slots=True)
class _Position:
    """The last row that was seen; the next page begins with what comes after it, whether it is still there or not."""

    value: float | None
    key: str

    @classmethod
    def of(cls, row: Item, listing: Listing) -> "_Position":
        return cls(_value(row, listing), row.sk)

    @classmethod
    def read(cls, text: str) -> "_Position":
        try:
            value, key = json.loads(text)
        except ValueError as err:
            raise CursorRefused from err
        return cls(value, key)

    @property
    def text(self) -> str:
        return json.dumps([self.value, self.key])

    def place_in(self, rows: Sequence[Item], listing: Listing) -> int:
        return next((at for at, row in enumerate(rows) if self._is_before(row, listing)), len(rows))

    def _is_before(self, row: Item, listing: Listing) -> bool:
        """Whether a row comes after this position, in the order of `_ordered`."""
        value = _value(row, listing)
        if value == self.value:
            rising = listing.order_by == "start_date" and listing.order == "asc"
            return row.sk > self.key if rising else row.sk < self.key
        if value is None or self.value is None:
            return value is None
        return value < self.value if listing.order == "desc" else value > self.value


def _value(row: Item, listing: Listing) -> float | None:
    """What a list is ordered by, beside the start; None for a list by start alone."""
    known: float | None = None if listing.order_by == "start_date" else row.doc["activity"].get(listing.order_by)
    return known


def _activity(row: Item) -> Activity:
    return Activity.model_validate(row.doc["activity"])


def _count_of(document: dict[str, Any]) -> Count:
    activity = document["activity"]
    return Count(1, int(activity.get("has_heartrate", False)), int(activity.get("weather") is not None))


def _coverage(count: Count) -> Coverage:
    return Coverage(activities=count.activities, with_heartrate=count.with_heartrate, with_weather=count.with_weather)
