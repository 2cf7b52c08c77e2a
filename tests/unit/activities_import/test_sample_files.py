"""Truth of the real sample files (real-data.md §6). They are never in the repository; without them this skips."""

import functools
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apis.activities.analytics.heart_rate_sources import aggregate_heart_rate
from apis.activities.analytics.time_weighting import time_weighted_mean
from apis.activities.formats.sniff import read_file
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.measurement import Measurement, measure
from apis.activities.models import Activity
from apis.activities.recordings import RecordedActivity
from apis.activities.uploads import ImportReport
from apis.serving.sqlite_store import SqliteStore

DATA = Path(__file__).parents[3].parent / "shared" / "data"
FILES = sorted(path for path in DATA.glob("*/*") if path.suffix in {".fit", ".gpx", ".tcx", ".csv"})
NOW = datetime(2026, 9, 1, tzinfo=UTC)
SMALL_BYTES = 50_000
pytestmark = pytest.mark.skipif(not FILES, reason="the sample files are not beside the repository")


@functools.cache
def recorded(name: str) -> RecordedActivity:
    (path,) = (each for each in FILES if each.name == name)
    (activity,) = read_file(path.read_bytes(), name=name)
    assert isinstance(activity, RecordedActivity)
    return activity


def measured(name: str) -> Measurement:
    return measure(recorded(name))


# name, start, samples, distance, elapsed, offset, time-weighted heart rate, maximum
DEVICE_FILES = [
    ("4801048867.fit", "2020-04-18T11:10:44", 5159, 36322.85, 5158.557, 7200, 130.31, 160),
    ("activity-small-fenix2-run.fit", "2015-08-15T14:45:08", 2809, 9008.22, 2832.0, 7200, 153.93, 178),
    ("developer-types-sample.fit", "2017-01-17T17:06:47", 3424, 6753.99, 3424.0, None, 130.84, 146),
    ("garmin-fenix-5-run.fit", "2017-06-11T14:34:09", 21, 157.56, 56.887, -25200, 89.11, 112),
    ("activity-filecrc.fit", "2012-04-09T21:22:26", 14, 5.73, 13.749, -14400, None, None),
    ("activity-unexpected-eof.fit", "2012-04-09T21:22:26", 14, 5.73, 13.749, None, None, None),
    ("activity-settings-corruptheader.fit", "2012-04-09T21:22:26", 14, 5.73, 13.749, -14400, None, None),
]
TRACKS = [
    ("4801048867_strava.gpx", "2020-04-18T11:10:44", 5159, 36312.0, 5158.0, 130.31, 160),
    ("activity_4801048867.gpx", "2020-04-18T11:10:44", 5159, 36310.9, 5158.0, 130.31, 160),
    ("activity_4801048867.tcx", "2020-04-18T11:10:44", 5159, 36322.85, 5158.0, 130.306, 160),
    ("activity_7348460494.gpx", "2021-08-21T06:19:41", 1212, 17452.4, 3856.0, 113.77, 138),
    ("activity_7397878357.gpx", "2021-08-30T07:06:21", 3861, 45935.6, 13379.0, 108.49, 149),
    ("activity_7448910422.gpx", "2021-09-02T07:10:09", 857, 12220.6, 2887.0, 117.84, 144),
]


@pytest.mark.parametrize(
    ("name", "start", "samples", "distance", "elapsed", "offset", "bpm", "highest"), DEVICE_FILES, ids=str
)
def test_device_files_give_their_known_values(  # noqa: PLR0917 - one row of the table
    name: str, start: str, samples: int, distance: float, elapsed: float, offset: int, bpm: float, highest: float
) -> None:
    found = measured(name)
    assert found.start_date == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (found.samples, found.distance_m, found.elapsed_s) == (samples, distance, elapsed)
    assert found.utc_offset_s == offset
    assert found.heart_rate.time_weighted_bpm == (pytest.approx(bpm, abs=0.05) if bpm else None)
    assert found.heart_rate.max_bpm == highest


@pytest.mark.parametrize(("name", "start", "samples", "distance", "elapsed", "bpm", "highest"), TRACKS, ids=str)
def test_tracks_give_their_known_values(  # noqa: PLR0917 - one row of the table
    name: str, start: str, samples: int, distance: float, elapsed: float, bpm: float, highest: float
) -> None:
    found = measured(name)
    assert found.start_date == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert (found.samples, found.elapsed_s) == (samples, elapsed)
    assert found.distance_m == pytest.approx(distance, rel=0.003)
    assert found.heart_rate.time_weighted_bpm == pytest.approx(bpm, abs=0.05)
    assert found.heart_rate.max_bpm == highest


def test_the_short_smart_recording_shows_the_devices_90_and_weighs_89_11() -> None:
    heart = measured("garmin-fenix-5-run.fit").heart_rate
    assert heart.device_bpm == 90
    streams = recorded("garmin-fenix-5-run.fit").streams
    assert streams is not None
    assert streams.heartrate_bpm is not None
    assert streams.heartrate_bpm.mean() == pytest.approx(84.95, abs=0.05)
    assert time_weighted_mean(streams.time_s, streams.heartrate_bpm).mean == pytest.approx(89.11, abs=0.05)


def test_laps_are_read() -> None:
    assert len(recorded("4801048867.fit").laps) == 8
    assert len(recorded("activity_4801048867.tcx").laps) == 8
    assert len(recorded("activity-small-fenix2-run.fit").laps) == 4


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("activity-filecrc.fit", "the checksum at the end of the file is wrong"),
        ("activity-unexpected-eof.fit", "the file ends early, at byte 768"),
        ("activity-settings-corruptheader.fit", "a broken header follows the last good record"),
    ],
)
def test_damaged_files_say_what_is_wrong(name: str, reason: str) -> None:
    activity = recorded(name)
    assert (activity.partial, activity.reason) == (True, reason)


def test_the_export_has_no_heart_rate_in_any_row_and_two_manual_ones() -> None:
    (path,) = (each for each in FILES if each.name == "activities.csv")
    rows = [each for each in read_file(path.read_bytes(), name=path.name) if isinstance(each, RecordedActivity)]
    assert len(rows) == 8
    assert all(each.totals.average_heartrate_bpm is None for each in rows)
    assert [each.source_id for each in rows if each.labels.manual] == ["strava:9251030970", "strava:9251043755"]
    assert rows[0].start_at == datetime(2023, 5, 23, 12, 40, 57, tzinfo=UTC)
    assert (rows[0].totals.elapsed_s, rows[0].totals.moving_s) == (6124.0, 5103.0)
    assert rows[0].totals.distance_m == pytest.approx(33_912.48, abs=0.01)


def import_all(library: ActivityLibrary, files: Iterable[Path]) -> dict[str, ImportReport]:
    uploads = (Upload(path.name, path.read_bytes(), NOW, home_timezone="Europe/Berlin") for path in files)
    return {each.name: import_file(library, each) for each in uploads}


def activities(library: ActivityLibrary) -> list[Activity]:
    return [each.activity for each in library.rows()]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ActivityLibrary, dict[str, ImportReport]]]:
    """Everything, in the order of the file names."""
    with SqliteStore(tmp_path_factory.mktemp("mine") / "activities.sqlite") as store:
        library = ActivityLibrary(store, "USER#issuer#me")
        yield library, import_all(library, FILES)


def test_all_files_of_one_athlete_are_eleven_rides_and_four_runs(
    mine: tuple[ActivityLibrary, dict[str, ImportReport]],
) -> None:
    library, reports = mine
    rides = [each for each in activities(library) if each.sport_type == "Ride"]
    runs = [each for each in activities(library) if each.sport_type == "Run"]
    assert (len(rides), len(runs)) == (11, 4)
    assert sum(each.distance or 0 for each in rides) == pytest.approx(575_800, rel=0.005)
    heart = aggregate_heart_rate(rides)
    assert (heart.count, heart.covered_s) == (4, 24_125.0)
    assert heart.mean_bpm == pytest.approx(115.0, abs=0.05)
    assert sum(each.rejected for each in reports.values()) == 0


def test_the_three_damaged_copies_are_one_partial_workout(
    mine: tuple[ActivityLibrary, dict[str, ImportReport]],
) -> None:
    damaged = [mine[1][name] for name, *_ in DEVICE_FILES[-3:]]
    assert sum(each.imported for each in damaged) == 1
    assert sum(each.merged for each in damaged) == 2
    assert [each.partial for each in damaged] == [1, 1, 1]


def test_the_ride_in_four_forms_is_36_3_km_at_130_bpm(mine: tuple[ActivityLibrary, dict[str, ImportReport]]) -> None:
    (ride,) = (each for each in activities(mine[0]) if each.start_date.year == 2020)
    assert (ride.distance, ride.average_heartrate, ride.total_elevation_gain) == (36_322.85, 130.0, 79.0)
    assert ride.time_weighted_heartrate == pytest.approx(130.31, abs=0.05)
    assert [each.kind for each in ride.sources] == ["fit", "tcx", "gpx", "gpx"]
    assert ride.start_date_local.isoformat() == "2020-04-18T13:10:44"


@pytest.mark.parametrize("whole_first", [True, False])
def test_cut_copies_of_the_ride_are_that_ride(tmp_path: Path, *, whole_first: bool) -> None:
    whole, track = (path.read_bytes() for path in FILES if path.name in {"4801048867.fit", "4801048867_strava.gpx"})
    copies = [("whole.fit", whole), ("cut.fit", whole[:80_000]), ("half.gpx", track[: len(track) // 2])]
    with SqliteStore(tmp_path / "activities.sqlite") as store:
        library = ActivityLibrary(store, "USER#issuer#me")
        uploads = [Upload(name, content, NOW) for name, content in copies]
        reports = [import_file(library, each) for each in (uploads if whole_first else reversed(uploads))]
        (ride,) = activities(library)
    assert (ride.distance, ride.elapsed_time, ride.partial) == (36_322.85, 5158.557, False)
    assert sum(each.partial for each in reports) == 2


def test_another_order_and_a_second_import_give_the_same_library(
    mine: tuple[ActivityLibrary, dict[str, ImportReport]], tmp_path: Path
) -> None:
    order = random.Random(1).sample(FILES, len(FILES))  # noqa: S311 - an order, no secret
    with SqliteStore(tmp_path / "activities.sqlite") as store:
        library = ActivityLibrary(store, "USER#issuer#me")
        import_all(library, order)
        again = import_all(library, (path for path in FILES if path.stat().st_size < SMALL_BYTES))
        assert sum(each.imported for each in again.values()) == 0
        shuffled = [each.model_dump(exclude={"id"}) for each in activities(library)]
    assert shuffled == [each.model_dump(exclude={"id"}) for each in activities(mine[0])]
