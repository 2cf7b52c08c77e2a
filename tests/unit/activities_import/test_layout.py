"""Items of an earlier version are brought up to the present layout, once and without losing anything."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apis.activities.ingest import Upload, import_file
from apis.activities.layout import CURRENT, ensure_layout
from apis.activities.library import ActivityLibrary, Span
from apis.activities.shelving import Shelving
from apis.activities.stored import StoredActivity
from apis.activities.tallies import Count, total
from apis.activities.weather.waiting import PARTITION
from apis.serving.errors import TransactionConflict
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Delete, Item, PutIfAbsent
from tests.support.activity_files import START, TREADMILL, export_file, export_row, fit_file, steady
from tests.support.library_check import check_library
from tests.support.stored_activities import everything

RUN = steady(seconds=600, step_s=5, device_heartrate=141)
NOW = START + timedelta(days=3)


@pytest.fixture
def library(tmp_path: Path) -> Iterable[ActivityLibrary]:
    with SqliteStore(tmp_path / "activities.sqlite") as store:
        made = ActivityLibrary(store, "USER#issuer#maya")
        import_file(made, Upload("run.fit", fit_file(RUN), NOW))
        row = export_row(RUN, Activity_Name="Tempo with Ada", Weather_Temperature="18.5")
        import_file(made, Upload("activities.csv", export_file([row, export_row(RUN.shifted(-86_400))]), NOW))
        yield made


def without_findings(stored: StoredActivity) -> StoredActivity:
    """The activity as it is known without reading its samples."""
    unknown = dict.fromkeys(("elev_high", "elev_low", "start_latlng", "end_latlng"))
    return stored.model_copy(
        update={
            "findings": None,
            "measurements": tuple(each.model_copy(update={"place": None}) for each in stored.measurements),
            "activity": stored.activity.model_copy(update=unknown),
        }
    )


def as_layout_1(library: ActivityLibrary) -> None:
    """Writes the items as the version before kept them: one for an activity, no tallies, no mark."""
    store, partition = library.store, library.partition
    for item in list(library.documents(Span())):
        stored = library.activity(item.doc["activity"]["id"])
        assert stored is not None
        activity: dict[str, Any] = stored.activity.model_dump(mode="json", exclude_defaults=True)
        document = {
            "activity": {**activity, "laps": []},
            "measurements": [
                {**each.model_dump(mode="json", exclude_defaults=True, exclude={"place"}), "private": False}
                for each in stored.measurements
            ],
            "features": stored.features.model_dump(mode="json") if stored.features else None,
            "streams_of": stored.streams_of,
        }
        store.update_if(Item(partition, item.sk, document), version=item.version)
        store.delete(partition, f"DTL#{stored.activity.id}")
    for key in ("TLY#2026", "LAYOUT"):
        store.delete(partition, key)


def test_activities_of_layout_1_are_the_same_afterwards(library: ActivityLibrary) -> None:
    before = everything(library)
    samples = library.streams(before[1])
    as_layout_1(library)
    ensure_layout(library)
    assert everything(library) == [without_findings(each) for each in before]
    assert total(library.store, library.partition, [(2026, 5)]) == Count(2, 1, 1)
    assert samples is not None
    again = library.streams(everything(library)[1])
    assert again is not None
    assert again.time_s.tolist() == samples.time_s.tolist()


def test_importing_a_file_again_brings_what_its_samples_say(library: ActivityLibrary) -> None:
    before = everything(library)
    as_layout_1(library)
    library.store.delete(library.partition, f"UPL#{before[1].streams_of}")
    ensure_layout(library)
    report = import_file(library, Upload("run.fit", fit_file(RUN), NOW))
    assert (report.merged, report.items[0].activity_id) == (1, before[1].activity.id)
    assert everything(library) == before
    assert before[1].findings is not None
    assert library.metrics().keys() == {before[1].activity.id}


def test_a_library_is_brought_up_once(library: ActivityLibrary) -> None:
    as_layout_1(library)
    ensure_layout(library)
    versions = [item.version for item in library.documents(Span())]
    ensure_layout(library)
    assert [item.version for item in library.documents(Span())] == versions
    mark = library.store.get(library.partition, "LAYOUT")
    assert mark is not None
    assert mark.doc == {"layout": CURRENT}


class Interrupted(SqliteStore):
    """Fails the transaction with this number, once."""

    fails_at = 0
    seen = 0

    def transact(self, writes: Any) -> None:
        self.seen += 1
        if self.seen == self.fails_at:
            raise TransactionConflict(["stale"])
        super().transact(writes)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_an_upgrade_that_somebody_interrupts_is_finished_by_the_next_attempt(
    library: ActivityLibrary, tmp_path: Path, fails_at: int
) -> None:
    before = everything(library)
    as_layout_1(library)
    with Interrupted(tmp_path / "activities.sqlite") as store:
        store.fails_at = fails_at
        ensure_layout(ActivityLibrary(store, library.partition))
    assert everything(library) == [without_findings(each) for each in before]
    assert total(library.store, library.partition, [(2026, 5)]).activities == 2


def waiting(library: ActivityLibrary) -> dict[str, dict[str, Any]]:
    items = library.store.query(PARTITION, None, desc=False, limit=10, cursor=None).items
    return {item.sk: item.doc for item in items}


def test_activities_of_layout_1_without_weather_wait_for_it(library: ActivityLibrary) -> None:
    import_file(library, Upload("run.fit", fit_file(RUN.shifted(86_400)), NOW))
    import_file(library, Upload("treadmill.fit", fit_file(replace(RUN.shifted(172_800), sub_sport=TREADMILL)), NOW))
    row_alone, with_weather, recorded, treadmill = (each.activity for each in everything(library))
    as_layout_1(library)
    library.store.delete(PARTITION, recorded.id)
    ensure_layout(library)
    assert with_weather.weather is not None
    assert treadmill.trainer
    assert waiting(library) == {each.id: {"athlete": library.partition} for each in (row_alone, recorded)}


def test_what_waits_already_is_left_as_it_is(library: ActivityLibrary) -> None:
    import_file(library, Upload("run.fit", fit_file(RUN.shifted(86_400)), NOW))
    before = waiting(library)
    library.put("LAYOUT", {"layout": 2})
    ensure_layout(library)
    assert len(before) == 1
    assert before.items() <= waiting(library).items()


def merged(library: ActivityLibrary) -> tuple[str, str]:
    """Two runs that a third one shows to be one: the id that it has, and the one that leads to it."""
    apart = RUN.shifted(-40 * 86_400)
    files = [fit_file(apart), fit_file(apart.shifted(200)), fit_file(apart.shifted(100))]
    ids = [import_file(library, Upload("a.fit", each, NOW)).items[0].activity_id for each in files]
    assert ids[0] == ids[2] != ids[1]
    return str(ids[0]), str(ids[1])


def test_ids_of_merged_activities_are_theirs_after_the_upgrade(library: ActivityLibrary) -> None:
    kept, alias = merged(library)
    as_layout_1(library)
    ensure_layout(library)
    found = library.activity(alias)
    assert found is not None
    assert (found.activity.id, found.aliases) == (kept, (alias,))
    assert check_library(library.store, library.partition) == 3
    shelf = library.shelf(kept)
    assert shelf is not None
    Shelving(library).remove(shelf)
    assert library.shelf(alias) is None
    assert check_library(library.store, library.partition) == 2


def test_ids_that_an_upgrade_before_this_one_lost_are_found_again(library: ActivityLibrary) -> None:
    kept, alias = merged(library)
    shelf = library.shelf(kept)
    assert shelf is not None
    Shelving(library).replace([shelf], shelf.stored.model_copy(update={"aliases": ()}))
    library.put("AID#01KQNOWHERE", {"sk": "ACT#2020-01-01T00:00:00.000Z#01KQNOWHERE"})
    library.put("LAYOUT", {"layout": CURRENT - 1})
    ensure_layout(library)
    found = library.activity(kept)
    assert found is not None
    assert found.aliases == (alias,)
    assert library.shelf("01KQNOWHERE") is None
    assert check_library(library.store, library.partition) == 3


def test_every_id_follows_an_activity_that_the_upgrade_puts_elsewhere(library: ActivityLibrary) -> None:
    kept, alias = merged(library)
    as_layout_1(library)
    store, partition = library.store, library.partition
    row = next(item for item in library.documents(Span()) if item.doc["activity"]["id"] == kept)
    elsewhere = row.sk.replace("T06:30:00", "T06:29:59")  # where other readers thought that it began
    store.transact([Delete(partition, row.sk), PutIfAbsent(Item(partition, elsewhere, row.doc))])
    for name in (kept, alias):
        library.put(f"AID#{name}", {"sk": elsewhere})
    ensure_layout(library)
    assert [each.activity.id for each in map(library.activity, (kept, alias)) if each is not None] == [kept, kept]
    assert check_library(store, partition) == 3
