"""Imports that run side by side over one store lose nothing, and what they leave fits together."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from apis.activities.assembly import with_edits
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.shelving import Shelving
from apis.activities.stored import ActivityEdits
from apis.serving.errors import PreconditionFailed, TransactionConflict
from apis.serving.sqlite_store import SqliteStore
from tests.support.activity_files import START, export_file, export_row, fit_file, gpx_file, steady, tcx_file
from tests.support.library_check import check_library

NOW = START + timedelta(days=30)
PARTITION = "USER#issuer#maya"
RUN = steady(seconds=300, step_s=10, device_heartrate=150)
DAYS = 6
RUNS = [RUN.shifted(86_400.0 * day) for day in range(DAYS)]
WRITERS = {
    "fit": [fit_file(run) for run in RUNS],
    "gpx": [gpx_file(run.shifted(20)) for run in RUNS],
    "tcx": [tcx_file(run.shifted(-20)) for run in RUNS],
    "csv": [export_file([export_row(run, identifier=str(day + 1)) for day, run in enumerate(RUNS)])],
}
ORDERS = [("fit", "gpx"), ("gpx", "csv"), ("csv", "tcx"), ("tcx", "fit")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "activities.sqlite") as opened:
        yield opened


@pytest.fixture(autouse=True)
def threads_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def import_all(store: SqliteStore, contents: Sequence[bytes]) -> None:
    """As a client does it: a 409 is asked again."""
    library = ActivityLibrary(store, PARTITION)
    for content in contents:
        for _ in range(100):
            try:
                import_file(library, Upload("a", content, NOW, "Europe/Berlin"))
            except PreconditionFailed:
                continue
            break
        else:
            pytest.fail("an import never came to its end")


def at_once(store: SqliteStore, *lists: Sequence[bytes]) -> None:
    start = Barrier(len(lists))

    def run(contents: Sequence[bytes]) -> None:
        start.wait()
        import_all(store, contents)

    with ThreadPoolExecutor(len(lists)) as threads:
        for done in [threads.submit(run, contents) for contents in lists]:
            done.result()


def test_four_imports_of_the_same_runs_in_four_forms_leave_each_run_once(store: SqliteStore) -> None:
    at_once(store, *([content for form in order for content in WRITERS[form]] for order in ORDERS))
    assert check_library(store, PARTITION) == DAYS
    for row in ActivityLibrary(store, PARTITION).rows():
        assert {source.kind for source in row.activity.sources} == {"fit", "gpx", "tcx", "strava_csv"}
    assert ActivityLibrary(store, PARTITION).profile().timezone == "Europe/Berlin"


def test_the_same_file_eight_times_at_once_is_one_activity(store: SqliteStore) -> None:
    at_once(store, *[WRITERS["fit"][:1]] * 8)
    assert check_library(store, PARTITION) == 1


def test_deleting_and_changing_while_files_are_imported_leaves_everything_in_step(store: SqliteStore) -> None:
    start = Barrier(3)
    library = ActivityLibrary(store, PARTITION)

    def importing(form: str) -> None:
        start.wait()
        for _ in range(4):
            import_all(store, WRITERS[form])

    def meddling() -> None:
        start.wait()
        for turn in range(60):
            for row in library.rows()[: 1 + turn % DAYS]:
                meddle(library, row.activity.id, delete=turn % 3 == 0)

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(importing, "fit"), threads.submit(importing, "gpx"), threads.submit(meddling)]:
            done.result()
    check_library(store, PARTITION)
    import_all(store, [*WRITERS["fit"], *WRITERS["gpx"]])
    assert check_library(store, PARTITION) == DAYS


def meddle(library: ActivityLibrary, activity_id: str, *, delete: bool) -> None:
    """Deletes an activity or calls it a ride; somebody else may have been quicker."""
    shelf = library.shelf(activity_id)
    if shelf is None:
        return
    ride = ActivityEdits(sport_type="Run" if shelf.stored.activity.sport_type == "Ride" else "Ride")
    try:
        if delete:
            Shelving(library).remove(shelf)
        else:
            Shelving(library).replace(
                [shelf], with_edits(shelf.stored, ride, lambda: library.streams(shelf.stored), home_timezone=None)
            )
    except TransactionConflict:
        return
