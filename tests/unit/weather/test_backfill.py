"""What one run of the backfill does, and that nothing it meets loses an activity's weather."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apis.activities.assembly import with_edits, with_sources
from apis.activities.errors import (
    NoWeatherData,
    WeatherAnswerUnreadable,
    WeatherError,
    WeatherRateLimited,
    WeatherUnavailable,
)
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary, Shelf
from apis.activities.models import Weather
from apis.activities.shelving import Shelving
from apis.activities.stored import ActivityEdits
from apis.activities.weather.backfill import BackfillReport, WeatherBackfill
from apis.activities.weather.hours import HourlyWeather
from apis.activities.weather.places import Wanted
from apis.activities.weather.waiting import PARTITION, Waiting
from apis.serving.errors import TransactionConflict
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item, Store
from tests.support.activity_files import START, Workout, export_file, export_row, fit_file, gpx_file, steady
from tests.support.weather import NOW, FakeWeather, MovingClock

RUN = steady(seconds=600, step_s=5)  # on 4 May, sixteen days before the present of the clock
AT = START + timedelta(minutes=5)
REANALYSIS = Weather(
    temperature_c=12.0, precipitation_mm_per_h=0.0, condition="cloudy", observed_at=AT, source="reanalysis"
)


class Sleeping:
    """Notes how long was slept, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        if seconds:
            self.seconds.append(seconds)


@pytest.fixture
def sleeping() -> Sleeping:
    return Sleeping()


@pytest.fixture
def backfill(store: SqliteStore, service: FakeWeather, clock: MovingClock, sleeping: Sleeping) -> WeatherBackfill:
    return WeatherBackfill(store, service, clock, pause_s=2.0, sleep=sleeping)


def upload(library: ActivityLibrary, *runs: Workout) -> None:
    for run in runs:
        assert import_file(library, Upload("run.gpx", gpx_file(run), NOW)).imported == 1


def days_ago(days: float) -> Workout:
    """A run whose middle is that long before the present."""
    return RUN.shifted((NOW - timedelta(days=days) - AT).total_seconds())


def shelf_of(library: ActivityLibrary, number: int = 0) -> Shelf:
    shelf = library.shelf(library.rows()[number].activity.id)
    assert shelf is not None
    return shelf


def weathers(library: ActivityLibrary) -> list[Weather | None]:
    return [row.activity.weather for row in library.rows()]


def waiting(store: Store) -> list[Waiting]:
    found = store.query(PARTITION, None, desc=False, limit=1000, cursor=None).items
    return [Waiting.model_validate(item.doc) for item in found]


async def test_a_waiting_activity_gets_the_weather_of_its_square_and_hour(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)
    report = await backfill.run_once(50)
    assert report == BackfillReport(filled=1, requests=1)
    assert weathers(library) == [REANALYSIS]
    assert [(each.lat, each.lon, each.at) for each in service.asked] == [(52.5, 13.4, AT)]
    assert waiting(store) == []


async def test_counts_of_activities_with_weather_follow(library: ActivityLibrary, backfill: WeatherBackfill) -> None:
    upload(library, RUN)
    await backfill.run_once(50)
    tally = library.store.get(library.partition, "TLY#2026")
    assert tally is not None
    assert tally.doc == {"05": {"Run": [1, 1, 1]}}


async def test_when_nothing_waits_nothing_is_asked(backfill: WeatherBackfill, service: FakeWeather) -> None:
    assert await backfill.run_once(50) == BackfillReport()
    assert service.asked == []


async def test_a_week_of_a_square_is_asked_once(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    """4 May is a Monday."""
    upload(library, *(RUN.shifted(86_400 * day) for day in (0, 2, 6)))
    report = await backfill.run_once(50)
    assert (report.filled, report.requests, len(service.asked)) == (3, 1, 1)


async def test_what_was_asked_before_is_not_asked_again_even_after_a_restart(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, clock: MovingClock
) -> None:
    upload(library, RUN)
    await backfill.run_once(50)
    upload(library, RUN.shifted(86_400))
    other = ActivityLibrary(store, "USER#issuer#jonas")
    upload(other, RUN)
    restarted = FakeWeather(clock)
    report = await WeatherBackfill(store, restarted, clock).run_once(50)
    assert (report.filled, restarted.asked) == (2, [])
    assert weathers(other) == [REANALYSIS]


async def test_other_squares_and_weeks_are_other_questions_with_a_pause_between_them(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, sleeping: Sleeping
) -> None:
    upload(library, RUN, RUN.shifted(-86_400), steady(seconds=600, step_s=5, lat=48.1).shifted(7200))
    report = await backfill.run_once(50)
    assert (report.filled, report.requests) == (3, 3)
    assert sleeping.seconds == [2.0, 2.0]


async def test_a_run_serves_the_newest_and_says_that_there_is_more(
    library: ActivityLibrary, backfill: WeatherBackfill
) -> None:
    upload(library, *(RUN.shifted(86_400 * day) for day in range(3)))
    first = await backfill.run_once(2)
    assert (first.filled, first.more) == (2, True)
    assert [weather.source if weather else None for weather in weathers(library)] == [None, "reanalysis", "reanalysis"]
    second = await backfill.run_once(2)
    assert (second.filled, second.more) == (1, False)


async def test_no_activity_is_begun_after_the_time_for_a_run(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, *(RUN.shifted(7 * 86_400 * week) for week in range(-3, 0)))
    service.while_asked = lambda: clock.pass_(seconds=20)
    report = await backfill.run_once(50, until=NOW + timedelta(seconds=30))
    assert (report.filled, report.requests, report.more) == (2, 2, True)
    assert (await backfill.run_once(50, until=clock() + timedelta(seconds=1))).filled == 1


async def test_two_runs_at_once_fill_everything_once_and_leave_nothing_waiting(
    tmp_path: Path, library: ActivityLibrary, store: SqliteStore, clock: MovingClock
) -> None:
    upload(library, *(RUN.shifted(7 * 86_400 * week) for week in range(-6, 0)))
    with SqliteStore(tmp_path / "activities.sqlite") as second:
        services = [SlowWeather(clock), SlowWeather(clock)]
        runs = [
            WeatherBackfill(each, service, clock, pause_s=0.0)
            for each, service in zip((store, second), services, strict=True)
        ]
        reports = await asyncio.gather(*(each.run_once(50) for each in runs))
        assert all(service.asked for service in services)
    assert [weather.source if weather else None for weather in weathers(library)] == ["reanalysis"] * 6
    assert waiting(store) == []
    assert sum(report.filled for report in reports) == 6
    assert sum(report.requests for report in reports) <= 12


class SlowWeather(FakeWeather):
    """Lets the other run have its turn while it is asked."""

    async def hours(self, wanted: Wanted) -> HourlyWeather:
        await asyncio.sleep(0)
        return await super().hours(wanted)


async def test_what_was_looked_up_stays_when_another_file_of_the_run_arrives(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)
    await backfill.run_once(50)
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    import_file(library, Upload("activities.csv", export_file([export_row(RUN)]), NOW))
    assert weathers(library) == [REANALYSIS]
    assert waiting(store) == []
    assert len(service.asked) == 1


async def test_the_export_that_arrives_later_is_preferred(library: ActivityLibrary, backfill: WeatherBackfill) -> None:
    upload(library, RUN)
    await backfill.run_once(50)
    row = export_row(RUN, Weather_Temperature="18.5")
    import_file(library, Upload("activities.csv", export_file([row]), NOW))
    assert weathers(library) == [Weather(temperature_c=18.5, source="strava_export")]


async def test_a_file_that_moves_the_middle_a_little_keeps_the_weather_until_the_better_question_is_answered(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN.shifted(-90))
    await backfill.run_once(50)
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    (weather,) = weathers(library)
    assert weather is not None
    assert (weather.source, weather.observed_at) == ("reanalysis", AT - timedelta(minutes=2))
    await backfill.run_once(50)
    assert weathers(library) == [REANALYSIS]
    assert waiting(store) == []
    assert len(service.asked) == 1  # the week is known


# --- the last days ---------------------------------------------------------------------------------------------------


async def test_the_last_days_are_told_by_forecasts_and_asked_again_when_the_archive_has_them(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, days_ago(1))
    assert (await backfill.run_once(50)).filled == 1
    assert [weather.temperature_c for weather in weathers(library) if weather] == [12.0]
    (item,) = waiting(store)
    assert item.due == NOW + timedelta(days=6)
    service.temperature_c = 14.0
    clock.pass_(days=5, hours=23)
    assert await backfill.run_once(50) == BackfillReport()
    clock.pass_(hours=1)
    assert (await backfill.run_once(50)).filled == 1
    assert [weather.temperature_c for weather in weathers(library) if weather] == [14.0]
    assert waiting(store) == []


async def test_what_forecasts_told_is_not_kept_for_others(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, days_ago(1))
    await backfill.run_once(50)
    upload(library, days_ago(0.9))
    await backfill.run_once(50)
    assert len(service.asked) == 2


async def test_an_archive_that_never_gets_the_day_leaves_what_forecasts_told(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, days_ago(1))
    await backfill.run_once(50)
    service.error = NoWeatherData()
    for _ in range(6):
        clock.pass_(days=60)
        await backfill.run_once(50)
    assert [weather.temperature_c for weather in weathers(library) if weather] == [12.0]
    assert waiting(store) == []


# --- when there is nothing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("null", [True, False], ids=["no value in the hours", "no such day"])
async def test_no_data_is_asked_for_six_times_ever_more_rarely_and_then_remembered(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock, *, null: bool
) -> None:
    store = library.store
    upload(library, RUN)
    if null:
        service.temperature_c = None
    else:
        service.error = NoWeatherData()
    waits = []
    for _ in range(5):
        assert (await backfill.run_once(50)).postponed == 1
        (item,) = waiting(store)
        assert item.due is not None
        waits.append(item.due - clock())
        clock.now = item.due
    assert waits == [timedelta(hours=hours) for hours in (1, 4, 16, 64, 256)]
    assert (await backfill.run_once(50)).nothing == 1
    assert waiting(store) == []
    assert weathers(library) == [None]
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    assert waiting(store) == []
    assert len(service.asked) == 6


async def test_before_it_is_due_again_nothing_is_asked(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, RUN)
    service.error = NoWeatherData()
    await backfill.run_once(50)
    service.error = None
    clock.pass_(minutes=59)
    assert await backfill.run_once(50) == BackfillReport()
    clock.pass_(minutes=1)
    assert (await backfill.run_once(50)).filled == 1


# --- when the service fails ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [WeatherUnavailable(), WeatherAnswerUnreadable(), WeatherRateLimited()])
async def test_a_service_that_fails_for_a_month_loses_nothing(
    library: ActivityLibrary,
    backfill: WeatherBackfill,
    service: FakeWeather,
    clock: MovingClock,
    error: WeatherError,
) -> None:
    upload(library, RUN, RUN.shifted(-86_400))
    service.error = error
    for _ in range(24 * 30):
        await backfill.run_once(50)
        clock.pass_(hours=1)
    assert 60 <= len(service.asked) <= 100  # each about once a day
    service.error = None
    for _ in range(25):
        await backfill.run_once(50)
        clock.pass_(hours=1)
    assert [weather.source if weather else None for weather in weathers(library)] == ["reanalysis", "reanalysis"]


async def test_after_a_failure_the_service_is_left_alone_twice_as_long_every_time(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, *(RUN.shifted(-7 * 86_400 * week) for week in range(12)))
    service.error = WeatherUnavailable()
    waits = []
    for _ in range(8):
        report = await backfill.run_once(50)
        asked = len(service.asked)
        closed = (await backfill.run_once(50)).closed_until
        assert (report.requests, report.postponed, len(service.asked)) == (1, 1, asked)
        assert closed is not None
        waits.append(closed - clock())
        clock.now = closed
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 32, 60, 60)]
    service.error = None
    await backfill.run_once(1)
    service.error = WeatherUnavailable()
    await backfill.run_once(1)
    closed = (await backfill.run_once(1)).closed_until
    assert closed is not None
    assert closed - clock() == timedelta(minutes=1)  # it had answered in between


async def test_a_service_that_asks_for_patience_gets_it(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, RUN, RUN.shifted(-86_400))
    service.error = WeatherRateLimited(retry_after_s=7200)
    await backfill.run_once(50)
    assert (await backfill.run_once(50)).closed_until == NOW + timedelta(hours=2)
    service.error = None
    clock.pass_(hours=1, minutes=59)
    assert (await backfill.run_once(50)).requests == 0
    clock.pass_(minutes=1)
    assert (await backfill.run_once(50)).filled == 2


async def test_what_is_known_already_is_written_while_the_service_is_left_alone(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)
    await backfill.run_once(50)
    upload(library, RUN.shifted(7 * 86_400), RUN.shifted(86_400))
    service.error = WeatherUnavailable()
    assert (await backfill.run_once(50)).filled == 1


async def test_one_question_that_the_service_cannot_bear_does_not_keep_the_others_waiting(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, clock: MovingClock
) -> None:
    upload(library, RUN, steady(seconds=600, step_s=5, lat=48.1).shifted(7200))
    service.refuses = {48.1: WeatherUnavailable()}
    await backfill.run_once(50)
    clock.pass_(minutes=1)
    await backfill.run_once(50)
    assert [weather.source if weather else None for weather in weathers(library)] == ["reanalysis", None]


async def test_the_requests_of_a_day_are_limited_and_counted_across_restarts(
    library: ActivityLibrary, store: SqliteStore, clock: MovingClock, sleeping: Sleeping
) -> None:
    upload(library, *(RUN.shifted(-7 * 86_400 * week) for week in range(5)))
    asked = 0
    for _ in range(4):
        service = FakeWeather(clock, requests_a_day=3)
        report = await WeatherBackfill(store, service, clock, sleep=sleeping).run_once(2)
        asked += len(service.asked)
    assert asked == 3
    assert report.closed_until == datetime.fromisoformat("2026-05-21T00:00:00Z")
    clock.now = report.closed_until
    service = FakeWeather(clock, requests_a_day=3)
    assert (await WeatherBackfill(store, service, clock, sleep=sleeping).run_once(50)).filled == 2


# --- while others change the same activities -------------------------------------------------------------------------


async def test_an_activity_that_is_deleted_while_the_service_is_asked_stays_deleted(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)
    service.while_asked = lambda: Shelving(library).remove(shelf_of(library))
    report = await backfill.run_once(50)
    assert (report.filled, report.dropped) == (0, 1)
    assert (library.rows(), waiting(store)) == ([], [])


async def test_an_activity_that_turns_out_to_be_indoors_while_the_service_is_asked_gets_no_weather(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)

    def indoors() -> None:
        shelf = shelf_of(library)
        Shelving(library).replace(
            [shelf], with_edits(shelf.stored, ActivityEdits(trainer=True), lambda: None, home_timezone=None)
        )

    service.while_asked = indoors
    assert (await backfill.run_once(50)).filled == 0
    assert (weathers(library), waiting(store)) == ([None], [])


async def test_an_activity_whose_middle_moves_while_the_service_is_asked_is_asked_about_again(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN.shifted(-90))
    service.while_asked = lambda: import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    assert (await backfill.run_once(50)).filled == 0
    service.while_asked = None
    assert (await backfill.run_once(50)).filled == 1
    assert (weathers(library), waiting(store)) == ([REANALYSIS], [])


class Contended(SqliteStore):
    """Fails some of the next transactions, as if somebody had written in between."""

    conflicts = 0

    def transact(self, writes: Any) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise TransactionConflict(["stale"])
        super().transact(writes)


@pytest.fixture
def contended(tmp_path: Path) -> Iterator[Contended]:
    with Contended(tmp_path / "activities.sqlite") as made:
        yield made


@pytest.mark.parametrize(("conflicts", "filled"), [(7, 1), (8, 0)])
async def test_a_write_that_others_come_before_is_tried_again(
    library: ActivityLibrary, contended: Contended, clock: MovingClock, conflicts: int, filled: int
) -> None:
    upload(library, RUN)
    backfill = WeatherBackfill(contended, FakeWeather(clock), clock)
    contended.conflicts = conflicts
    report = await backfill.run_once(50)
    assert (report.filled, report.postponed) == (filled, 1 - filled)
    clock.pass_(minutes=5)
    await backfill.run_once(50)
    assert weathers(library) == [REANALYSIS]


# --- activities of earlier versions ----------------------------------------------------------------------------------


def as_before(library: ActivityLibrary) -> None:
    """Writes the only activity as the version before kept it, without a place; its item does not know one either."""
    shelf = shelf_of(library)
    sources = tuple(each.model_copy(update={"place": None}) for each in shelf.stored.measurements)
    Shelving(library).replace([shelf], with_sources(shelf.stored, sources, home_timezone=None))
    library.store.put_if_absent(Item(PARTITION, shelf.stored.activity.id, {"athlete": library.partition}))


async def test_the_place_of_an_earlier_activity_is_found_in_its_samples_before_anybody_is_asked(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather
) -> None:
    upload(library, RUN)
    as_before(library)
    first = await backfill.run_once(50)
    assert (first.placed, first.filled, first.requests, first.more) == (1, 0, 0, True)
    assert [item.wanted for item in waiting(store)] == [Wanted(lat=52.5, lon=13.4, at=AT)]
    assert (await backfill.run_once(50)).filled == 1
    assert weathers(library) == [REANALYSIS]
    assert shelf_of(library).stored.findings is not None
    assert len(service.asked) == 1


async def test_the_place_of_an_earlier_activity_makes_the_sensor_its_weather_until_better_is_known(
    library: ActivityLibrary, backfill: WeatherBackfill
) -> None:
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    as_before(library)
    assert weathers(library) == [None]
    await backfill.run_once(50)
    assert weathers(library) == [Weather(temperature_c=21.0, source="device_sensor")]
    await backfill.run_once(50)
    assert weathers(library) == [REANALYSIS]


@pytest.mark.parametrize(
    "content", [fit_file(steady(seconds=600, lat=None)), export_file([export_row(RUN)])], ids=["indoors", "a row"]
)
async def test_an_earlier_activity_without_positions_waits_for_nothing(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill, service: FakeWeather, content: bytes
) -> None:
    import_file(library, Upload("activities", content, NOW))
    as_before(library)
    assert (await backfill.run_once(50)).placed == 1
    assert (waiting(store), service.asked) == ([], [])


async def test_an_earlier_activity_whose_file_is_imported_again_knows_its_place(
    library: ActivityLibrary, store: SqliteStore
) -> None:
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    as_before(library)
    (record,) = library.between("UPL#", "UPL#~")
    store.delete(library.partition, record.sk)
    import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    assert [item.wanted for item in waiting(store)] == [Wanted(lat=52.5, lon=13.4, at=AT)]


async def test_an_earlier_activity_that_is_deleted_is_forgotten(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill
) -> None:
    upload(library, RUN)
    (item,) = store.query(PARTITION, None, desc=False, limit=10, cursor=None).items
    Shelving(library).remove(shelf_of(library))
    store.put_if_absent(Item(PARTITION, item.sk, {"athlete": library.partition}))
    assert (await backfill.run_once(50)).dropped == 1
    assert waiting(store) == []


async def test_an_earlier_activity_that_others_change_is_placed_later(
    library: ActivityLibrary, contended: Contended, clock: MovingClock
) -> None:
    upload(library, RUN)
    as_before(library)
    backfill = WeatherBackfill(contended, FakeWeather(clock), clock)
    contended.conflicts = 1
    assert (await backfill.run_once(50)).postponed == 1
    assert await backfill.run_once(50) == BackfillReport()
    clock.pass_(minutes=5)
    assert (await backfill.run_once(50)).placed == 1


# --- what is left behind ---------------------------------------------------------------------------------------------


async def test_an_item_without_an_activity_is_forgotten(
    library: ActivityLibrary, store: SqliteStore, backfill: WeatherBackfill
) -> None:
    upload(library, RUN)
    (item,) = store.query(PARTITION, None, desc=False, limit=10, cursor=None).items
    Shelving(library).remove(shelf_of(library))
    store.put_if_absent(Item(PARTITION, item.sk, item.doc))
    assert (await backfill.run_once(50)).dropped == 1
    assert waiting(store) == []


async def test_no_log_line_holds_a_place(
    library: ActivityLibrary, backfill: WeatherBackfill, service: FakeWeather, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    upload(library, RUN)
    service.error = WeatherUnavailable()
    await backfill.run_once(50)
    assert caplog.messages == ["provider=<fake>, error=<WeatherUnavailable> | no weather"]
