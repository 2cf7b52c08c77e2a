"""Recordings of the demo athletes: one activity with the row of the export, and telling the same."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.serving.sqlite_store import SqliteStore
from local_agentcore.demo_athletes import DEMO_ATHLETES
from local_agentcore.demo_history import activities_csv
from local_agentcore.demo_recordings import recordings
from tests.support.stored_activities import everything

MAYA = DEMO_ATHLETES["maya"]
NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
TODAY = NOW.date()
START = TODAY - timedelta(days=21)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterable[ActivityLibrary]:
    with SqliteStore(tmp_path_factory.mktemp("demo") / "activities.sqlite") as store:
        made = ActivityLibrary(store, "USER#issuer#maya")
        table = activities_csv(MAYA, START, TODAY, finished_by=NOW)
        for name, content in [
            ("activities.csv", table),
            *recordings(MAYA, START, TODAY, finished_by=NOW),
        ]:
            import_file(made, Upload(name, content, NOW, "Europe/Berlin"))
        yield made


def test_every_recording_is_one_activity_with_its_row(library: ActivityLibrary) -> None:
    kinds = [tuple(each.kind for each in stored.activity.sources) for stored in everything(library)]
    recorded = len(list(recordings(MAYA, START, TODAY, finished_by=NOW)))
    assert recorded >= 8
    assert kinds.count(("tcx", "strava_csv")) == recorded
    assert set(kinds) == {("tcx", "strava_csv"), ("strava_csv",)}


def test_a_recording_tells_what_its_row_tells(library: ActivityLibrary) -> None:
    for stored in everything(library):
        if stored.measurements[0].kind != "tcx":
            continue
        file, row = stored.measurements
        assert file.distance_m == pytest.approx(row.distance_m, abs=1.0)
        assert file.moving_s == pytest.approx(row.moving_s, abs=6.0)
        assert file.elapsed_s == pytest.approx(row.elapsed_s, abs=1.0)
        assert file.heart_rate.time_weighted_bpm == pytest.approx(row.heart_rate.device_bpm, abs=0.6)
        assert file.ascent_m == pytest.approx(row.ascent_m, rel=0.15, abs=4.0)
        assert stored.features is not None
        assert stored.features.source == "streams"
        assert stored.activity.name == row.name


def test_interval_sessions_are_told_from_steady_runs_by_their_samples(library: ActivityLibrary) -> None:
    variation = {
        stored.activity.name: stored.features.speed_variation
        for stored in everything(library)
        if stored.features and stored.features.speed_variation is not None
    }
    steady = [value for name, value in variation.items() if " x " not in name and "repeats" not in name]
    assert max(steady) < 0.06


def test_a_day_never_changes() -> None:
    first = list(recordings(MAYA, START, TODAY, finished_by=NOW))
    later = list(recordings(MAYA, START, TODAY + timedelta(days=3), finished_by=NOW + timedelta(days=3)))
    assert later[: len(first)] == first


def test_a_run_that_is_not_over_is_left_out() -> None:
    names = [name for name, _ in recordings(MAYA, START, TODAY, finished_by=NOW)]
    begun = datetime.strptime(names[-1].removeprefix("maya-").removesuffix(".tcx"), "%Y%m%d-%H%M").replace(tzinfo=UTC)
    during = [name for name, _ in recordings(MAYA, START, TODAY, finished_by=begun + timedelta(minutes=10))]
    assert during == names[:-1]
