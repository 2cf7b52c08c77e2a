"""Which activities wait for their weather, after everything that can happen to them."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from apis.activities.assembly import with_edits
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary, Shelf
from apis.activities.rehearsal import end_rehearsal, rehearsing
from apis.activities.shelving import Shelving
from apis.activities.stored import ActivityEdits
from apis.activities.weather.places import Wanted
from apis.activities.weather.waiting import PARTITION, Waiting, turns
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item, Store
from tests.support.activity_files import START, TREADMILL, export_file, export_row, fit_file, gpx_file, steady
from tests.support.weather import NOW, MovingClock

RUN = steady(seconds=600, step_s=5)
FIT, GPX = fit_file(RUN), gpx_file(RUN)
WITH_WEATHER = export_file([export_row(RUN, Weather_Temperature="18.5")])
WITHOUT_WEATHER = export_file([export_row(RUN)])
FORMS = {"fit": FIT, "gpx": GPX, "with weather": WITH_WEATHER, "without": WITHOUT_WEATHER}
WANTED = Wanted(lat=52.5, lon=13.4, at=START + timedelta(minutes=5))


def upload(library: ActivityLibrary, content: bytes, name: str = "run.fit") -> None:
    report = import_file(library, Upload(name, content, NOW))
    assert not report.rejected


def items(store: Store) -> list[Item]:
    return list(store.query(PARTITION, None, desc=False, limit=1000, cursor=None).items)


def wanted(store: Store) -> list[Wanted]:
    asked = [Waiting.model_validate(item.doc).wanted for item in items(store)]
    return [each for each in asked if each is not None]


def only(library: ActivityLibrary) -> Shelf:
    (row,) = library.rows()
    shelf = library.shelf(row.activity.id)
    assert shelf is not None
    return shelf


def edit(library: ActivityLibrary, **edits: Any) -> None:
    shelf = only(library)
    changed = with_edits(shelf.stored, ActivityEdits(**edits), lambda: None, home_timezone=None)
    Shelving(library).replace([shelf], changed)


def test_a_run_outdoors_waits_for_its_weather(library: ActivityLibrary, store: SqliteStore) -> None:
    upload(library, FIT)
    (item,) = items(store)
    assert item.sk == only(library).stored.activity.id
    assert item.doc == {
        "athlete": library.partition,
        "wanted": {"lat": 52.5, "lon": 13.4, "at": "2026-05-04T06:35:00Z"},
    }


def test_nothing_finer_than_the_square_and_the_minute_is_kept_for_asking(
    library: ActivityLibrary, store: SqliteStore
) -> None:
    upload(library, fit_file(steady(seconds=601, lat=52.51634)))
    (item,) = items(store)
    assert item.doc["wanted"] == {"lat": 52.5, "lon": 13.4, "at": "2026-05-04T06:35:00Z"}


@pytest.mark.parametrize(
    "content",
    [
        fit_file(steady(seconds=600, lat=None)),
        fit_file(steady(seconds=600, sub_sport=TREADMILL)),
        WITH_WEATHER,
        WITHOUT_WEATHER,
    ],
    ids=["no position", "a treadmill", "a row with weather", "a row without"],
)
def test_an_activity_without_a_place_or_with_weather_does_not_wait(
    library: ActivityLibrary, store: SqliteStore, content: bytes
) -> None:
    upload(library, content)
    assert wanted(store) == []


@pytest.mark.parametrize("order", list(itertools.permutations(["fit", "gpx", "with weather"])), ids=" ".join)
def test_weather_that_arrives_by_the_export_ends_the_waiting_in_any_order(
    library: ActivityLibrary, store: SqliteStore, order: Sequence[str]
) -> None:
    for form in order:
        upload(library, FORMS[form])
    assert len(library.rows()) == 1
    assert wanted(store) == []


@pytest.mark.parametrize("order", list(itertools.permutations(["fit", "gpx", "without"])), ids=" ".join)
def test_one_run_in_several_files_waits_once_in_any_order(
    library: ActivityLibrary, store: SqliteStore, order: Sequence[str]
) -> None:
    for form in order:
        upload(library, FORMS[form])
    assert wanted(store) == [WANTED]


def test_of_activities_that_turn_out_to_be_one_a_single_one_waits(library: ActivityLibrary, store: SqliteStore) -> None:
    """The two ends are no duplicates of each other, and both are of the one in between."""
    for seconds in (0, 150, 75):
        upload(library, gpx_file(RUN.shifted(seconds)), "run.gpx")
    assert [item.sk for item in items(store)] == [only(library).stored.activity.id]


def test_a_deleted_activity_waits_for_nothing(library: ActivityLibrary, store: SqliteStore) -> None:
    upload(library, FIT)
    Shelving(library).remove(only(library))
    assert wanted(store) == []


def test_a_deleted_activity_that_is_imported_again_waits_again(library: ActivityLibrary, store: SqliteStore) -> None:
    upload(library, FIT)
    Shelving(library).remove(only(library))
    upload(library, FIT)
    assert wanted(store) == [WANTED]


def test_an_athlete_who_says_that_it_was_indoors_ends_the_waiting_and_may_begin_it_again(
    library: ActivityLibrary, store: SqliteStore
) -> None:
    upload(library, FIT)
    edit(library, trainer=True)
    assert wanted(store) == []
    edit(library, trainer=None)
    assert wanted(store) == [WANTED]


def test_changing_a_word_leaves_the_item_as_it_is(library: ActivityLibrary, store: SqliteStore) -> None:
    upload(library, FIT)
    (item,) = items(store)
    store.update_if(Item(item.pk, item.sk, {**item.doc, "attempts": 3}), version=item.version)
    (before,) = items(store)
    edit(library, name="Lake")
    assert items(store) == [before]


def test_another_half_way_point_is_another_question_with_no_attempts_yet(
    library: ActivityLibrary, store: SqliteStore
) -> None:
    cut = RUN.with_samples(RUN.samples[:80])
    upload(library, gpx_file(cut)[:-200], "run.gpx")
    (item,) = items(store)
    store.update_if(Item(item.pk, item.sk, {**item.doc, "attempts": 3}), version=item.version)
    upload(library, FIT)
    (item,) = items(store)
    assert Waiting.model_validate(item.doc) == Waiting(athlete=library.partition, wanted=WANTED)


def test_two_athletes_on_the_same_run_wait_side_by_side(library: ActivityLibrary, store: SqliteStore) -> None:
    other = ActivityLibrary(store, "USER#issuer#jonas")
    for one in (library, other):
        upload(one, FIT)
    assert {Waiting.model_validate(item.doc).athlete for item in items(store)} == {library.partition, other.partition}


def rehearsed(store: SqliteStore) -> list[Item]:
    return list(store.query(f"REHEARSAL#alone#{PARTITION}", None, desc=False, limit=10, cursor=None).items)


def test_a_rehearsal_leaves_nothing_waiting_and_nothing_behind(library: ActivityLibrary, store: SqliteStore) -> None:
    upload(rehearsing(library, None), FIT)
    assert wanted(store) == []
    assert len(rehearsed(store)) == 1
    end_rehearsal(library)
    assert rehearsed(store) == []


def test_a_rehearsal_of_what_would_end_the_waiting_does_not_end_it(
    library: ActivityLibrary, store: SqliteStore
) -> None:
    upload(library, FIT)
    upload(rehearsing(library, None), WITH_WEATHER)
    assert wanted(store) == [WANTED]


def days(store: Store, clock: MovingClock) -> list[int]:
    return [turn.waiting.wanted.at.day for turn in turns(store, clock()) if turn.waiting.wanted]


def test_the_newest_come_first_and_those_put_off_when_it_is_time(
    library: ActivityLibrary, store: SqliteStore, clock: MovingClock
) -> None:
    for day in (3, 1, 2):
        upload(library, gpx_file(RUN.shifted(86_400 * day)), "run.gpx")
    assert days(store, clock) == [7, 6, 5]
    newest = next(turns(store, clock()))
    later = newest.waiting.model_copy(update={"due": clock() + timedelta(hours=1)})
    store.update_if(newest.item(later), version=newest.version)
    assert days(store, clock) == [6, 5]
    clock.pass_(hours=1)
    assert days(store, clock) == [7, 6, 5]


def test_more_than_one_page_is_looked_through(store: SqliteStore, clock: MovingClock) -> None:
    for number in range(450):
        waiting = Waiting(athlete="USER#issuer#maya", wanted=WANTED)
        store.put_if_absent(Item(PARTITION, f"{number:03d}", waiting.model_dump(mode="json")))
    found = [turn.activity_id for turn in turns(store, clock())]
    assert found == [f"{number:03d}" for number in reversed(range(450))]
