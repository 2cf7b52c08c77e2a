"""Pages of a list of activities, and how many there are in all.

The common list, by start, reads one page and the tallies, however long the history is. A list that has to look at
every activity of its window (by weather, words, distance, or in another order) reads the window.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from apis.activities.analytics.summary import Coverage
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window
from apis.activities.library import PAGE, ActivityLibrary
from apis.activities.models import Activity
from apis.activities.selection import Order, OrderBy, Selection, local_date_of, span_of
from apis.activities.tallies import Count, months_between, total
from apis.serving.errors import CursorRefused
from apis.serving.store import Item

_DAY: Final = timedelta(days=1)


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
        CursorRefused: The row to go on after is gone from a list that has no other way to find its place.
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
    # Local dates may run against the order of starts by a day; then the rows are read, which is right as well.
    start = first.replace(day=1) if window.start < first - _DAY else window.start
    end = _month_after(last) if window.end > last + _DAY else window.end
    return start, end


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _by_reading_all(library: ActivityLibrary, listing: Listing, limit: int, after: str | None) -> Listed:
    rows = _ordered(list(_rows(library, replace(listing, order="desc"))), listing)
    start = 0 if after is None else _place_after(rows, after)
    shown = rows[start : start + limit]
    return Listed(
        activities=tuple(map(_activity, shown)),
        coverage=_coverage(sum((_count_of(row.doc) for row in rows), Count())),
        next_position=shown[-1].sk if start + limit < len(rows) else None,
    )


def _ordered(newest_first: list[Item], listing: Listing) -> list[Item]:
    """By one quantity, rows without it last; the later start, then the id, decides between equals."""
    if listing.order_by == "start_date":
        return newest_first if listing.order == "desc" else newest_first[::-1]
    name: str = listing.order_by
    known = [row for row in newest_first if row.doc["activity"].get(name) is not None]
    known.sort(key=lambda row: row.doc["activity"][name], reverse=listing.order == "desc")
    return known + [row for row in newest_first if row.doc["activity"].get(name) is None]


def _place_after(rows: Sequence[Item], key: str) -> int:
    at = next((index for index, row in enumerate(rows) if row.sk == key), None)
    if at is None:
        raise CursorRefused
    return at + 1


def _activity(row: Item) -> Activity:
    return Activity.model_validate(row.doc["activity"])


def _count_of(document: dict[str, Any]) -> Count:
    activity = document["activity"]
    return Count(1, int(activity.get("has_heartrate", False)), int(activity.get("weather") is not None))


def _coverage(count: Count) -> Coverage:
    return Coverage(activities=count.activities, with_heartrate=count.with_heartrate, with_weather=count.with_weather)
