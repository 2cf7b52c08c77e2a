"""Somebody else is quicker, at every point where it could matter: nothing is lost, doubled or miscounted."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from apis.activities.assembly import with_edits
from apis.activities.athlete import AthleteProfile
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary, Shelf
from apis.activities.shelving import Shelving
from apis.activities.stored import ActivityEdits
from apis.serving.errors import TransactionConflict
from tests.support.activity_files import START, export_file, export_row, fit_file, gpx_file, steady, tcx_file
from tests.support.library_check import check_library
from tests.support.meanwhile import MeanwhileStore

NOW = START + timedelta(days=3)
RUN = steady(seconds=900, step_s=30, device_heartrate=150)
FIT, GPX, TCX = fit_file(RUN), gpx_file(RUN.shifted(20)), tcx_file(RUN.shifted(200))
BETWEEN = gpx_file(RUN.shifted(100))  # the same as FIT, and the same as TCX; those two are not
PARTITION = "USER#issuer#maya"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MeanwhileStore]:
    with MeanwhileStore(tmp_path / "activities.sqlite") as opened:
        yield opened


@pytest.fixture
def library(store: MeanwhileStore) -> ActivityLibrary:
    return ActivityLibrary(store, PARTITION)


def take(library: ActivityLibrary, content: bytes) -> str:
    (item,) = import_file(library, Upload("a", content, NOW, "Europe/Berlin")).items
    assert item.activity_id is not None
    return item.activity_id


def shelf_of(library: ActivityLibrary, activity_id: str) -> Shelf:
    found = library.shelf(activity_id)
    assert found is not None
    return found


def call_it_a_ride(library: ActivityLibrary, activity_id: str) -> None:
    shelf = shelf_of(library, activity_id)
    ride = with_edits(
        shelf.stored, ActivityEdits(sport_type="Ride"), lambda: library.streams(shelf.stored), home_timezone=None
    )
    Shelving(library).replace([shelf], ride)


def stating(**values: object) -> Callable[[AthleteProfile], AthleteProfile]:
    return lambda known: known.model_copy(update=values)


def delete(library: ActivityLibrary, activity_id: str) -> None:
    Shelving(library).remove(shelf_of(library, activity_id))


@pytest.mark.parametrize("moment", ["PROFILE", "TLY#", "after ACT#"])
def test_a_copy_that_is_imported_meanwhile_is_merged_and_not_stored_twice(
    library: ActivityLibrary, store: MeanwhileStore, moment: str
) -> None:
    store.meanwhile(moment, lambda: take(library, FIT))
    take(library, GPX)
    assert check_library(store, PARTITION) == 1


def test_a_recording_is_merged_with_what_was_imported_after_its_neighbours_were_read(
    library: ActivityLibrary, store: MeanwhileStore
) -> None:
    take(library, FIT)
    store.meanwhile("after ACT#", lambda: take(library, TCX))
    take(library, BETWEEN)
    assert check_library(store, PARTITION) == 1


def test_copies_on_either_side_of_new_year_are_one(library: ActivityLibrary, store: MeanwhileStore) -> None:
    eve = replace(RUN, start=RUN.start.replace(year=2025, month=12, day=31, hour=23, minute=59, second=30))
    store.meanwhile("after ACT#", lambda: take(library, fit_file(replace(eve, utc_offset_s=0))))
    take(library, export_file([export_row(eve.shifted(60))]))
    assert check_library(store, PARTITION) == 1


def test_an_activity_that_is_deleted_while_it_is_read_is_not_there(
    library: ActivityLibrary, store: MeanwhileStore
) -> None:
    activity_id = take(library, FIT)
    store.meanwhile("DTL#", lambda: delete(library, activity_id))
    assert library.shelf(activity_id) is None


def test_an_activity_that_moves_while_it_is_read_is_found(library: ActivityLibrary, store: MeanwhileStore) -> None:
    activity_id = take(library, GPX)
    store.meanwhile("ACT#", lambda: take(library, FIT))
    assert shelf_of(library, activity_id).stored.activity.start_date == RUN.start


def test_what_was_read_in_two_states_cannot_be_deleted(library: ActivityLibrary, store: MeanwhileStore) -> None:
    activity_id = take(library, FIT)
    store.meanwhile("DTL#", lambda: call_it_a_ride(library, activity_id))
    torn = shelf_of(library, activity_id)
    with pytest.raises(TransactionConflict):
        Shelving(library).remove(torn)
    assert check_library(store, PARTITION) == 1


def test_what_was_read_in_two_states_cannot_be_moved(library: ActivityLibrary, store: MeanwhileStore) -> None:
    activity_id = take(library, GPX)
    store.meanwhile("DTL#", lambda: call_it_a_ride(library, activity_id))
    take(library, FIT)
    assert check_library(store, PARTITION) == 1
    assert shelf_of(library, activity_id).stored.activity.sport_type == "Ride"


def test_what_others_change_of_the_profile_meanwhile_stays(library: ActivityLibrary, store: MeanwhileStore) -> None:
    # After it was read, before it is written.
    store.meanwhile("PROFILE", lambda: library.change_profile(stating(weight_kg=61.0)), passes=1)
    library.change_profile(stating(birth_year=1990))  # the first profile
    store.meanwhile("PROFILE", lambda: library.change_profile(stating(sex="F")), passes=1)
    library.change_profile(stating(lthr_bpm=171))  # a later one
    profile = library.profile()
    assert (profile.birth_year, profile.weight_kg, profile.sex, profile.lthr_bpm) == (1990, 61.0, "F", 171)


def test_a_zone_that_was_chosen_meanwhile_stays(library: ActivityLibrary, store: MeanwhileStore) -> None:
    store.meanwhile("PROFILE", lambda: library.change_profile(stating(timezone="Asia/Tokyo")), passes=2)
    take(library, FIT)
    assert library.profile().timezone == "Asia/Tokyo"


def test_a_file_whose_activity_is_deleted_before_the_file_is_remembered_is_not_known(
    library: ActivityLibrary, store: MeanwhileStore
) -> None:
    store.meanwhile("UPL#", lambda: delete(library, library.rows()[0].activity.id), passes=1)
    take(library, FIT)
    assert library.rows() == []
    (again,) = import_file(library, Upload("a", FIT, NOW)).items
    assert (again.status, again.reason) == ("imported", None)


def test_a_file_is_known_under_the_id_that_its_activity_has_now(library: ActivityLibrary) -> None:
    late, early = take(library, TCX), take(library, FIT)
    assert take(library, BETWEEN) == early < late
    assert take(library, TCX) == early
