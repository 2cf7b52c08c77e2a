"""How many activities there are: kept in step with every change, and read instead of the history."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import Window
from apis.activities.athlete import AthleteProfile
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.listing import Listing, list_activities
from apis.activities.selection import Selection, window_of
from apis.activities.shelving import Shelving
from apis.activities.tallies import Count, months_between, total
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Page
from tests.support.activity_files import START, export_file, export_row, fit_file, steady

RUN = steady(seconds=600, step_s=60)
NOW = START + timedelta(days=1)


class CountingStore(SqliteStore):
    """Counts the items that queries have read."""

    items_read = 0

    def query(self, pk: str, between: tuple[str, str] | None, *, desc: bool, limit: int, cursor: str | None) -> Page:
        page = super().query(pk, between, desc=desc, limit=limit, cursor=cursor)
        self.items_read += len(page.items)
        return page


@pytest.fixture
def store(tmp_path: Path) -> Iterable[CountingStore]:
    with CountingStore(tmp_path / "activities.sqlite") as opened:
        yield opened


@pytest.fixture
def library(store: CountingStore) -> ActivityLibrary:
    return ActivityLibrary(store, "USER#issuer#maya")


def fill(library: ActivityLibrary, days: int, **cells: str) -> None:
    rows = [export_row(RUN.shifted(-86_400.0 * day), identifier=str(1000 + day), **cells) for day in range(days)]
    import_file(library, Upload("activities.csv", export_file(rows), NOW))


def listing(start: date, end: date, **selection: tuple[str, ...]) -> Listing:
    return Listing(Selection(**selection), Window("", start, end, "UTC"), "start_date", "desc", WeatherBands())  # type: ignore[arg-type]


ALL = listing(date(1970, 1, 1), date(2026, 5, 6))


def test_every_import_and_deletion_is_counted_by_month_and_sport(library: ActivityLibrary) -> None:
    fill(library, 40, Average_Heart_Rate="150")
    fill(library, 2, Weather_Temperature="12", Activity_Type="Ride")
    months = [(2026, 3), (2026, 4), (2026, 5)]
    assert total(library.store, library.partition, months) == Count(40, 38, 2)
    assert total(library.store, library.partition, months, sports=["Ride"]) == Count(2, 0, 2)
    assert total(library.store, library.partition, [(2026, 5)]) == Count(4, 2, 2)
    (first, *_) = library.rows()
    shelf = library.shelf(first.activity.id)
    assert shelf is not None
    Shelving(library).remove(shelf)
    assert total(library.store, library.partition, months) == Count(39, 37, 2)


def test_a_month_without_activities_leaves_nothing_behind(library: ActivityLibrary) -> None:
    fill(library, 1)
    shelf = library.shelf(library.rows()[0].activity.id)
    assert shelf is not None
    Shelving(library).remove(shelf)
    item = library.store.get(library.partition, "TLY#2026")
    assert item is not None
    assert item.doc == {}


@pytest.mark.parametrize(
    ("first", "end", "whole", "rest"),
    [
        (date(2026, 1, 1), date(2026, 3, 1), [(2026, 1), (2026, 2)], []),
        (
            date(2025, 12, 31),
            date(2026, 2, 2),
            [(2026, 1)],
            [("2025-12-31", "2026-01-01"), ("2026-02-01", "2026-02-02")],
        ),
        (date(2026, 5, 3), date(2026, 5, 9), [], [("2026-05-03", "2026-05-09")]),
        (date(2026, 5, 3), date(2026, 5, 3), [], []),
    ],
    ids=["whole months", "around a month", "inside a month", "no day"],
)
def test_a_window_is_whole_months_and_the_days_beside_them(
    first: date, end: date, whole: list[tuple[int, int]], rest: list[tuple[str, str]]
) -> None:
    months, days = months_between(first, end)
    assert (months, [(begin.isoformat(), until.isoformat()) for begin, until in days]) == (whole, rest)


def test_the_first_page_of_a_long_history_reads_no_more_than_that_of_a_short_one(
    library: ActivityLibrary, store: CountingStore
) -> None:
    read = []
    for days in (30, 300):
        fill(library, days)
        store.items_read = 0
        page = list_activities(library, ALL, limit=10, after=None)
        assert page.coverage.activities == days
        read.append(store.items_read)
    assert read[1] <= read[0]


@pytest.mark.parametrize("days", [3, 30, 31, 45, 64, 200])
def test_the_count_of_any_window_is_what_its_pages_hold(library: ActivityLibrary, days: int) -> None:
    fill(library, 100)
    end = date(2026, 4, 20)
    wanted = listing(end - timedelta(days=days), end)
    seen, after = 0, None
    while True:
        page = list_activities(library, wanted, limit=7, after=after)
        seen, after = seen + len(page.activities), page.next_position
        if after is None:
            break
    assert page.coverage.activities == seen == min(days, 85)


def test_activities_on_both_sides_of_the_date_line_are_counted_where_they_are_listed(library: ActivityLibrary) -> None:
    # The earlier start has the later date: 1 May in Kiritimati, 29 April in Pago Pago half an hour later.
    for at, zone in (("2026-04-30T10:30:00", "Pacific/Kiritimati"), ("2026-04-30T10:59:00", "Pacific/Pago_Pago")):
        start = datetime.fromisoformat(f"{at}+00:00")
        row = export_row(steady(seconds=600, step_s=60, start=start), identifier=at[14:16])
        import_file(library, Upload("a.csv", export_file([row]), NOW, zone))
        library.change_profile(lambda _: AthleteProfile())
    assert [row.activity.start_date_local.day for row in library.rows()] == [1, 29]
    for wanted in (listing(date(2026, 4, 1), date(2026, 6, 1)), listing(date(2026, 3, 1), date(2026, 5, 1))):
        page = list_activities(library, wanted, limit=5, after=None)
        assert page.coverage.activities == len(page.activities)
    everything = window_of(library, "all", now=NOW)
    assert everything.start == date(2026, 4, 29)


def test_a_local_date_on_the_other_side_of_midnight_is_counted_where_it_is_listed(library: ActivityLibrary) -> None:
    late = steady(seconds=600, step_s=60, start=datetime.fromisoformat("2026-04-30T22:30:00+00:00"))
    import_file(library, Upload("a.csv", export_file([export_row(late)]), NOW, "Europe/Berlin"))
    may, april = listing(date(2026, 5, 1), date(2026, 6, 1)), listing(date(2026, 4, 1), date(2026, 5, 1))
    for wanted, count in ((may, 1), (april, 0)):
        page = list_activities(library, wanted, limit=5, after=None)
        assert (page.coverage.activities, len(page.activities)) == (count, count)


@pytest.mark.parametrize("offset_h", [-12, 0, 14], ids="{} h from UTC".format)
def test_dates_that_run_against_the_order_of_starts_are_counted_where_they_are_listed(
    library: ActivityLibrary, offset_h: int
) -> None:
    # A run where the day is far ahead comes first and has the later date; another one ends the history likewise.
    for number, hours in enumerate((14, offset_h, -12)):
        for day in (1, 2, 30):
            start = datetime(2026, 4, day, 9 + number, 45, tzinfo=UTC)
            workout = steady(seconds=600, step_s=60, lat=None, start=start, utc_offset_s=hours * 3600)
            import_file(library, Upload(f"{number} {day}.fit", fit_file(workout), NOW, "Europe/Berlin"))
    for days in (1, 2, 40):
        for first in (date(2026, 3, 30) + timedelta(days=shift) for shift in range(36)):
            page = list_activities(library, listing(first, first + timedelta(days=days)), limit=50, after=None)
            assert page.coverage.activities == len(page.activities), (first, days)


def test_a_list_of_everything_reads_no_more_of_busy_months(library: ActivityLibrary, store: CountingStore) -> None:
    # As `all` is resolved: from the first activity's date until tomorrow, both inside a month.
    read = []
    for days in (15, 45, 105):
        fill(library, days)
        store.items_read = 0
        everything = listing(START.date() - timedelta(days=days - 1), START.date() + timedelta(days=1))
        assert list_activities(library, everything, limit=10, after=None).coverage.activities == days
        read.append(store.items_read)
    assert read == [read[0]] * 3
    assert read[0] < 20
