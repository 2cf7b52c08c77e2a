"""What is measured is what the import leaves behind: the same items, with the same fields."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary, Span
from apis.activities.stored import StoredActivity
from apis.serving.sqlite_store import SqliteStore
from benchmarks.api_calls import NOW
from benchmarks.fit_files import run_file
from benchmarks.history import drawn, write, write_history
from tests.support.activity_files import export_date, export_file

CELLS = {
    "Activity Type": "Run",
    "Activity Name": "Along the river",
    "Average Heart Rate": "149",
    "Max Heart Rate": "166",
    "Max Speed": "4.2",
    "Calories": "612",
    "Activity Gear": "Daily trainer",
    "Perceived Exertion": "4",
    "Weather Condition": "1",
    "Weather Temperature": "12.5",
    "Apparent Temperature": "11.5",
    "Dewpoint": "6",
    "Humidity": "0.64",
    "Wind Speed": "3.4",
    "Wind Gust": "7.9",
    "Wind Bearing": "240",
    "Precipitation Intensity": "0.3",
    "Weather Pressure": "1016.2",
    "Cloud Cover": "0.44",
    "UV Index": "2",
    "Weather Visibility": "16093.4",
    "Weather Observation Time": "1780000000",
}


@pytest.fixture
def library(tmp_path: Path) -> ActivityLibrary:
    return ActivityLibrary(SqliteStore(tmp_path / "activities.sqlite"), "USER#issuer#maya")


def import_runs(library: ActivityLibrary, starts: list[datetime]) -> list[StoredActivity]:
    """The activities of some files and their rows of an export."""
    for number, start in enumerate(starts):
        import_file(library, Upload(f"{number}.fit", run_file(number, start, minutes=21), NOW, "Europe/Berlin"))
    rows: list[dict[tuple[str, int], str]] = [
        {
            **{(name, 1): value for name, value in CELLS.items()},
            ("Activity ID", 1): str(number + 1),
            ("Activity Date", 1): export_date(start),
            ("Elapsed Time", 2): "1260",
            ("Distance", 2): "3780",
            ("Filename", 1): f"activities/{number}.fit.gz",
        }
        for number, start in enumerate(starts)
    ]
    report = import_file(library, Upload("activities.csv", export_file(rows), NOW, "Europe/Berlin"))
    assert report.merged == len(starts)
    return [each for row in library.rows() if (each := library.activity(row.activity.id))]


def items(library: ActivityLibrary, prefix: str) -> dict[str, Any]:
    return {item.sk: item.doc for item in library.between(prefix, prefix + "~")}


def paths(document: Any, at: str = "") -> set[str]:
    """The names of all the fields of a document."""
    if isinstance(document, dict):
        return {path for name, value in document.items() for path in paths(value, f"{at}.{name}")}
    return {at}


def test_the_rows_and_tallies_of_a_history_are_those_that_the_import_writes(library: ActivityLibrary) -> None:
    # Across a change of the clock, of the month and of the year.
    starts = [NOW - timedelta(days=days) for days in (0.5, 20, 30, 240, 330)]
    imported = import_runs(library, starts)
    other = ActivityLibrary(library.store, "USER#issuer#jonas")

    write(other, imported)

    assert len(imported) == 5
    assert items(other, "ACT#") == items(library, "ACT#")
    assert items(other, "TLY#") == items(library, "TLY#")


def test_a_drawn_run_has_the_fields_of_an_imported_one(library: ActivityLibrary) -> None:
    (imported,) = import_runs(library, [NOW - timedelta(days=3)])
    first, *_ = drawn("USER#issuer#maya", 10, until=NOW)
    theirs, ours = imported.row_document(), first.row_document()

    assert paths(ours) <= paths(theirs)
    assert len(json.dumps(ours)) == pytest.approx(len(json.dumps(theirs)), rel=0.1)


def test_a_history_is_spread_over_twenty_years_and_the_same_each_time(library: ActivityLibrary) -> None:
    write_history(library, 250, until=NOW)
    again = ActivityLibrary(library.store, "USER#issuer#jonas")
    write_history(again, 250, until=NOW)
    rows = library.rows(Span())
    starts = [row.activity.start_date for row in rows]

    assert [row.activity.start_date for row in again.rows(Span())] == starts
    assert len(rows) == 250
    assert NOW - timedelta(days=7300) < starts[0] < NOW - timedelta(days=7270)
    assert NOW - timedelta(days=30) < starts[-1] < NOW
    assert sum(row.activity.sport_type == "Ride" for row in rows) == 50
    assert all(row.features and row.features.grade_adjusted and row.activity.weather for row in rows)


def test_a_generated_file_is_a_whole_run(library: ActivityLibrary) -> None:
    report = import_file(library, Upload("a.fit", run_file(7, NOW - timedelta(days=1), minutes=21), NOW))

    assert (report.imported, report.partial) == (1, 0)
    (row,) = library.rows()
    activity, features = row.activity, row.features
    assert (activity.sport_type, activity.elapsed_time, activity.start_date) == ("Run", 1260.0, NOW - timedelta(days=1))
    assert activity.distance == pytest.approx(3780, rel=0.01)
    assert activity.average_heartrate == 150
    assert features is not None
    assert features.source == "streams"
    assert features.heartrate_bpm == pytest.approx(150, abs=1)
