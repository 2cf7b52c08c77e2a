"""Pages of a list while the list changes: what was there all the time is seen exactly once."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.listing import Listing, list_activities
from apis.activities.selection import Order, OrderBy, Selection
from apis.activities.shelving import Shelving
from apis.serving.errors import CursorRefused
from apis.serving.sqlite_store import SqliteStore
from tests.support.activity_files import START, export_file, export_row, steady

NOW = START + timedelta(days=400)
DAYS = range(0, 40, 2)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[ActivityLibrary]:
    with SqliteStore(tmp_path / "activities.sqlite") as store:
        made = ActivityLibrary(store, "USER#issuer#maya")
        add(made, DAYS)
        yield made


def add(library: ActivityLibrary, days: range) -> None:
    """Runs of every other day; every fourth has no distance, and many have the same one."""
    rows = []
    for day in days:
        run = steady(seconds=600, step_s=60, speed=2.0 + day % 3, start=START + timedelta(days=day))
        row = export_row(run, identifier=str(1000 + day), Weather_Temperature="12")
        rows.append(row | ({("Distance", 2): "", ("Distance", 1): ""} if day % 8 == 0 else {}))
    import_file(library, Upload("activities.csv", export_file(rows), NOW))


def listing(order_by: OrderBy, order: Order, *, weather: tuple[str, ...] = ()) -> Listing:
    window = Window("", date(2026, 1, 1), date(2027, 6, 1), "UTC")
    return Listing(Selection(weather=weather), window, order_by, order, WeatherBands())


def ids(library: ActivityLibrary) -> set[str]:
    return {row.activity.id for row in library.rows()}


def paged(library: ActivityLibrary, wanted: Listing, between: Callable[[int, list[str]], None]) -> list[str]:
    """The ids of all pages of three; `between` is called after each with its number and what was seen so far."""
    seen: list[str] = []
    after = None
    for number in range(100):
        page = list_activities(library, wanted, limit=3, after=after)
        seen += [each.id for each in page.activities]
        after = page.next_position
        if after is None:
            return seen
        between(number, seen)
    pytest.fail("the list has no end")


ORDERS = [
    pytest.param(listing(by, order, weather=weather), id=f"{by} {order} {'filtered' if weather else 'plain'}")
    for by in ("start_date", "distance", "average_speed", "moving_time")
    for order in ("asc", "desc")
    for weather in ((), ("cool",))
]


@pytest.mark.parametrize("wanted", ORDERS)
def test_what_stays_is_seen_once_while_others_are_deleted_and_added(library: ActivityLibrary, wanted: Listing) -> None:
    before = ids(library)

    def meddle(number: int, seen: list[str]) -> None:
        for victim in (seen[-1], min(ids(library) - set(seen), default=seen[0])):  # the cursor's own row, and one ahead
            shelf = library.shelf(victim)
            if shelf is not None and number < 3:
                Shelving(library).remove(shelf)
        if number < 3:
            add(library, range(1 + 6 * number, 7 + 6 * number, 2))

    seen = paged(library, wanted, meddle)
    assert len(set(seen)) == len(seen)
    assert before & ids(library) <= set(seen)


@pytest.mark.parametrize("wanted", ORDERS)
def test_the_pages_of_a_list_that_rests_are_the_list(library: ActivityLibrary, wanted: Listing) -> None:
    whole = [each.id for each in list_activities(library, wanted, limit=50, after=None).activities]
    assert paged(library, wanted, lambda _number, _seen: None) == whole
    assert len(whole) == len(DAYS)


def test_a_quantity_orders_the_known_ones_and_the_unknown_come_last(library: ActivityLibrary) -> None:
    for order, sign in (("asc", 1), ("desc", -1)):
        found = list_activities(library, listing("distance", order), limit=50, after=None).activities  # type: ignore[arg-type] # literals
        known = [each.distance for each in found if each.distance is not None]
        assert known == sorted(known, key=lambda metres: sign * metres)
        assert [each.distance for each in found[len(known) :]] == [None] * 5


def test_a_position_of_another_kind_of_list_is_refused(library: ActivityLibrary) -> None:
    with pytest.raises(CursorRefused):
        list_activities(library, listing("distance", "asc"), limit=3, after="ACT#2026")
