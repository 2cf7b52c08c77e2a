"""What an upload does to the athlete's library; the store is the real one on a temporary file."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from apis.activities.athlete import AthleteProfile
from apis.activities.formats.sniff import source_id_of
from apis.activities.ingest import Upload, import_file
from apis.activities.library import ActivityLibrary
from apis.activities.models import Activity, Weather
from apis.activities.preparation import PreparedFile, RefusedItem
from apis.activities.rehearsal import end_rehearsal, rehearsing
from apis.activities.uploads import ImportItem, ImportReport
from apis.serving.sqlite_store import SqliteStore
from apis.serving.store import Item, Write
from tests.support.activity_files import (
    GPX_HEAD,
    START,
    TREADMILL,
    Workout,
    export_file,
    export_row,
    fit_file,
    garmin_file,
    garmin_item,
    gpx_file,
    multisport_fit_file,
    steady,
    tcx_file,
)
from tests.support.stored_activities import everything

NOW = START + timedelta(days=3)
RUN = steady(seconds=300, step_s=5, device_heartrate=141, ascent=5)
LONG_RUN = steady(seconds=1800, step_s=5, device_heartrate=141)
RECORDED_ROW = export_row(
    RUN,
    Activity_Name="Tempo with Ada",
    Activity_Description="windy",
    Activity_Gear="Blue shoes",
    Weather_Temperature="18.5",
    Precipitation_Intensity="0.4",
    Perceived_Exertion="6",
)
FORMS = {
    "run.fit": fit_file(RUN),
    "run.tcx": tcx_file(RUN),
    "run.gpx": gpx_file(RUN),
    "activities.csv": export_file([RECORDED_ROW]),
}


@pytest.fixture
def library(tmp_path: Path) -> Iterable[ActivityLibrary]:
    with SqliteStore(tmp_path / "activities.sqlite") as store:
        yield ActivityLibrary(store, "USER#issuer#maya")


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Activity:
    """The activity of all four forms, in the order of `FORMS`."""
    with SqliteStore(tmp_path_factory.mktemp("merged") / "activities.sqlite") as store:
        library = ActivityLibrary(store, "USER#issuer#maya")
        for name, content in FORMS.items():
            upload(library, content, name)
        return activities(library)[0]


def upload(
    library: ActivityLibrary,
    content: bytes,
    name: str = "run.fit",
    *,
    dry_run: bool = False,
    rehearsal: str | None = None,
    home_timezone: str | None = None,
) -> ImportReport:
    target = rehearsing(library, rehearsal) if dry_run else library
    return import_file(target, Upload(name, content, NOW, home_timezone))


def one(report: ImportReport) -> ImportItem:
    (item,) = report.items
    return item


def activities(library: ActivityLibrary) -> list[Activity]:
    return [each.activity for each in library.rows()]


def test_a_device_file_becomes_an_activity_with_stravas_names(library: ActivityLibrary) -> None:
    report = upload(library, FORMS["run.fit"])
    (activity,) = activities(library)
    assert (report.imported, report.merged, report.rejected, report.partial) == (1, 0, 0, 0)
    assert one(report).activity_id == activity.id
    assert (activity.name, activity.sport_type, activity.weekday) == ("Morning Run", "Run", "Monday")
    assert (activity.distance, activity.timer_time, activity.elapsed_time) == (900.0, 300.0, 300.0)
    assert (activity.average_heartrate, activity.average_heartrate_method) == (141.0, "device")
    assert (activity.time_weighted_heartrate, activity.heartrate_time) == (140.0, 300.0)
    assert (activity.total_elevation_gain, activity.elevation_method) == (5.0, "device")
    assert (activity.timezone, activity.timezone_source) == ("Europe/Berlin", "device_offset")
    assert activity.start_date_local == datetime(2026, 5, 4, 8, 30)  # noqa: DTZ001 - wall clock
    assert activity.weather == Weather(temperature_c=21.0, source="device_sensor")


def test_the_samples_of_the_best_source_are_kept(library: ActivityLibrary) -> None:
    upload(library, FORMS["run.gpx"])
    upload(library, FORMS["run.fit"])
    (stored,) = everything(library)
    streams = library.streams(stored)
    assert streams is not None
    assert streams.temperature_c is not None  # only the FIT has it
    assert len(streams) == 61


@pytest.mark.trap(28)
@pytest.mark.parametrize("order", list(itertools.permutations(FORMS)), ids=" ".join)
def test_one_run_in_four_forms_is_one_activity_in_any_order(
    library: ActivityLibrary, merged: Activity, order: tuple[str, ...]
) -> None:
    reports = [upload(library, FORMS[name], name) for name in order]
    (stored,) = everything(library)
    assert [one(each).status for each in reports] == ["imported", "merged", "merged", "merged"]
    assert stored.activity.model_dump(exclude={"id"}) == merged.model_dump(exclude={"id"})
    assert stored.activity.id == one(reports[0]).activity_id


def test_measurements_come_from_the_device_and_words_and_weather_from_the_export(library: ActivityLibrary) -> None:
    for name, content in FORMS.items():
        upload(library, content, name)
    (activity,) = activities(library)
    assert [each.kind for each in activity.sources] == ["fit", "tcx", "gpx", "strava_csv"]
    assert (activity.average_heartrate, activity.distance) == (141.0, 900.0)
    assert (activity.name, activity.description, activity.gear) == ("Tempo with Ada", "windy", "Blue shoes")
    assert activity.perceived_exertion == 6.0
    assert activity.weather is not None
    assert (activity.weather.temperature_c, activity.weather.precipitation_mm_per_h) == (18.5, 0.4)


def test_features_for_the_trend_come_from_samples_wherever_there_are_some(library: ActivityLibrary) -> None:
    upload(library, export_file([export_row(LONG_RUN)]), "activities.csv")
    upload(library, gpx_file(LONG_RUN), "run.gpx")
    (stored,) = everything(library)
    assert stored.features is not None
    assert (stored.features.source, stored.features.heartrate_bpm) == ("streams", 140.0)


def test_importing_the_same_file_again_changes_nothing(library: ActivityLibrary) -> None:
    for name, content in FORMS.items():
        upload(library, content, name)
    before = everything(library)
    for name, content in FORMS.items():
        item = one(upload(library, content, name + ".copy"))
        assert (item.status, item.reason) == ("merged", "already imported")
    assert everything(library) == before


def test_a_newer_export_replaces_the_words_of_an_older_one(library: ActivityLibrary) -> None:
    upload(library, FORMS["activities.csv"], "activities.csv")
    renamed = export_file([RECORDED_ROW | {("Activity Name", 1): "Tempo with Grace"}])
    upload(library, renamed, "activities.csv")
    (activity,) = activities(library)
    assert activity.name == "Tempo with Grace"
    assert len(activity.sources) == 1


def test_a_dry_run_reports_and_writes_nothing(library: ActivityLibrary) -> None:
    report = upload(library, FORMS["run.fit"], dry_run=True, home_timezone="Europe/Berlin")
    assert report.imported == 1
    assert activities(library) == []
    assert library.profile() == AthleteProfile()


def test_two_athletes_on_the_same_run_never_merge(library: ActivityLibrary) -> None:
    other = ActivityLibrary(library.store, "USER#issuer#jonas")
    assert one(upload(library, FORMS["run.fit"])).status == "imported"
    assert one(upload(other, FORMS["run.fit"])).status == "imported"
    assert activities(library)[0].id != activities(other)[0].id
    assert other.activity(activities(library)[0].id) is None


def test_the_same_ride_under_two_ids_in_one_export_counts_once(library: ActivityLibrary) -> None:
    rows = [export_row(RUN, identifier="1"), export_row(RUN, identifier="2")]
    report = upload(library, export_file(rows), "activities.csv")
    assert (report.imported, report.merged) == (1, 1)
    assert len(activities(library)) == 1


def test_two_runs_back_to_back_stay_two(library: ActivityLibrary) -> None:
    upload(library, FORMS["run.fit"])
    assert one(upload(library, fit_file(RUN.shifted(301)))).status == "imported"


def test_a_manual_row_never_replaces_a_recording(library: ActivityLibrary) -> None:
    guess = export_row(RUN, From_Upload="0", Filename="", Average_Heart_Rate="200") | {("Distance", 2): "920"}
    upload(library, export_file([guess]), "activities.csv")
    upload(library, FORMS["run.fit"])
    (activity,) = activities(library)
    assert (activity.manual, activity.distance, activity.average_heartrate) == (False, 900.0, 141.0)


def test_a_manual_row_never_leads_a_row_that_was_uploaded(library: ActivityLibrary) -> None:
    guess = export_row(RUN, identifier="1", From_Upload="0", Filename="") | {("Distance", 2): "920.0"}
    upload(library, export_file([guess, export_row(RUN, identifier="2")]), "activities.csv")
    (activity,) = activities(library)
    assert (activity.manual, activity.distance) == (False, 900.0)


def test_a_treadmill_run_takes_no_weather_from_the_export(library: ActivityLibrary) -> None:
    indoors = replace(RUN.with_samples(replace(each, lat=None, lon=None) for each in RUN.samples), sub_sport=TREADMILL)
    upload(library, fit_file(indoors))
    upload(library, FORMS["activities.csv"], "activities.csv")
    (activity,) = activities(library)
    assert (activity.trainer, activity.weather, len(activity.sources)) == (True, None, 2)


def test_a_recording_that_links_two_stored_activities_joins_them(library: ActivityLibrary) -> None:
    early, late = LONG_RUN.shifted(-100), LONG_RUN.shifted(100)
    first = one(upload(library, gpx_file(early), "early.gpx")).activity_id
    second = one(upload(library, gpx_file(late), "late.gpx")).activity_id
    joined = one(upload(library, fit_file(LONG_RUN)))
    (activity,) = activities(library)
    assert first != second
    assert joined.activity_id == activity.id
    assert len(activity.sources) == 3
    for known in (first, second):
        found = library.activity(known or "")
        assert found is not None
        assert found.activity.id == activity.id


def test_heart_rate_comes_from_the_source_that_has_one(library: ActivityLibrary) -> None:
    without = RUN.with_samples(replace(each, heartrate=None) for each in RUN.samples)
    upload(library, fit_file(replace(without, device_heartrate=None)))
    assert activities(library)[0].has_heartrate is False
    upload(library, FORMS["run.gpx"], "run.gpx")
    (activity,) = activities(library)
    assert (activity.average_heartrate, activity.average_heartrate_method) == (140.0, "time_weighted")
    assert activity.distance == 900.0


def test_a_dropout_of_the_strap_does_not_halve_the_mean(library: ActivityLibrary) -> None:
    samples = [replace(each, heartrate=0) if each.at_s > 150 else each for each in RUN.samples]
    upload(library, fit_file(replace(RUN.with_samples(samples), device_heartrate=None)))
    (activity,) = activities(library)
    assert (activity.average_heartrate, activity.heartrate_time) == (140.0, 155.0)


def test_a_pause_is_not_running_even_when_the_athlete_took_the_tram(library: ActivityLibrary) -> None:
    samples = [
        replace(each, at_s=each.at_s + 600, lat=(each.lat or 0) + 0.01) if each.at_s > 150 else each
        for each in RUN.samples
    ]
    upload(library, gpx_file(RUN.with_samples(samples)), "run.gpx")
    (activity,) = activities(library)
    assert (activity.elapsed_time, activity.moving_time) == (900.0, 295.0)


def test_a_damaged_copy_is_kept_as_partial_until_the_whole_file_comes(library: ActivityLibrary) -> None:
    broken = bytearray(FORMS["run.fit"])
    broken[-1] ^= 0xFF
    item = one(upload(library, bytes(broken), "broken.fit"))
    assert (item.status, item.partial, item.reason) == (
        "imported",
        True,
        "the checksum at the end of the file is wrong",
    )
    assert activities(library)[0].partial
    upload(library, FORMS["run.fit"])
    (activity,) = activities(library)
    assert not activity.partial


LONG_FIT, LONG_GPX, LONG_TCX = fit_file(LONG_RUN), gpx_file(LONG_RUN), tcx_file(LONG_RUN)
COPIES = {
    "whole.fit": LONG_FIT,
    "cut.fit": LONG_FIT[: len(LONG_FIT) // 3],
    "cut.gpx": LONG_GPX[: len(LONG_GPX) // 2],
    "cut.tcx": LONG_TCX[: len(LONG_TCX) * 3 // 4],
}


@pytest.mark.parametrize("order", list(itertools.permutations(COPIES)), ids=" ".join)
def test_cut_copies_of_a_run_are_that_run_in_any_order(library: ActivityLibrary, order: tuple[str, ...]) -> None:
    items = {name: one(upload(library, COPIES[name], name)) for name in order}
    (stored,) = everything(library)
    activity = stored.activity
    assert [items[name].status for name in order] == ["imported", "merged", "merged", "merged"]
    assert [items[name].partial for name in COPIES] == [False, True, True, True]
    assert (activity.partial, activity.partial_reason) == (False, None)
    assert (activity.distance, activity.elapsed_time, activity.average_heartrate) == (5400.0, 1800.0, 141.0)
    streams = library.streams(stored)
    assert streams is not None
    assert len(streams) == 361


@pytest.mark.parametrize("whole", ["whole.gpx", "activities.csv"])
@pytest.mark.parametrize("cut_first", [True, False])
def test_a_whole_copy_leads_a_cut_one_of_a_better_format(library: ActivityLibrary, whole: str, cut_first: bool) -> None:
    files = {
        "cut.fit": COPIES["cut.fit"],
        whole: LONG_GPX if whole.endswith("gpx") else export_file([export_row(LONG_RUN)]),
    }
    for name in sorted(files, key=lambda each: (each == "cut.fit") != cut_first):
        upload(library, files[name], name)
    (activity,) = activities(library)
    assert (activity.partial, activity.elapsed_time) == (False, 1800.0)
    assert activity.distance == pytest.approx(5400.0, rel=0.001)


def test_of_cut_copies_alone_the_longest_leads(library: ActivityLibrary) -> None:
    upload(library, COPIES["cut.fit"], "cut.fit")
    longest = one(upload(library, COPIES["cut.tcx"], "cut.tcx"))
    (activity,) = activities(library)
    assert (activity.partial, activity.partial_reason) == (True, longest.reason)
    assert activity.sources[0].kind == "tcx"
    assert activity.elapsed_time > 1200
    assert activity.distance == 3.0 * activity.elapsed_time


def test_a_damaged_recording_that_lost_nothing_still_leads_an_export_row(library: ActivityLibrary) -> None:
    upload(library, export_file([export_row(LONG_RUN)]), "activities.csv")
    upload(library, LONG_FIT[:-1] + bytes([LONG_FIT[-1] ^ 0xFF]), "broken.fit")
    (activity,) = activities(library)
    assert [each.kind for each in activity.sources] == ["fit", "strava_csv"]


@pytest.mark.parametrize("cut_first", [True, False])
@pytest.mark.parametrize(("speed", "count"), [(3.0, 1), (3.14, 1), (3.17, 2), (2.0, 2)])
def test_a_cut_run_over_another_distance_is_another_run(
    library: ActivityLibrary, speed: float, count: int, cut_first: bool
) -> None:
    slow = fit_file(steady(seconds=1800, step_s=5, speed=speed))
    files = [slow[: len(slow) // 3], LONG_FIT]
    for content in files if cut_first else files[::-1]:
        upload(library, content)
    assert len(activities(library)) == count


def test_a_short_whole_run_at_the_start_of_a_longer_one_stays_another(library: ActivityLibrary) -> None:
    upload(library, LONG_FIT)
    assert one(upload(library, FORMS["run.fit"])).status == "imported"


def test_a_cut_warm_up_before_the_race_stays_another(library: ActivityLibrary) -> None:
    warm_up = fit_file(RUN.shifted(-301))
    upload(library, warm_up[: len(warm_up) * 3 // 4], "warm-up.fit")
    assert one(upload(library, LONG_FIT)).status == "imported"


def test_a_cut_copy_of_another_athlete_never_merges(library: ActivityLibrary) -> None:
    upload(library, LONG_FIT)
    other = ActivityLibrary(library.store, "USER#issuer#jonas")
    assert one(upload(other, COPIES["cut.fit"])).status == "imported"


def test_samples_stay_when_a_row_shows_that_their_recording_was_cut(library: ActivityLibrary) -> None:
    nearly = fit_file(LONG_RUN.with_samples(each for each in LONG_RUN.samples if each.at_s <= 1780))
    upload(library, nearly[:-1] + bytes([nearly[-1] ^ 0xFF]), "nearly.fit")
    upload(
        library, gpx_file(LONG_RUN.with_samples(each for each in LONG_RUN.samples if each.at_s <= 1790)), "whole.gpx"
    )
    upload(library, export_file([export_row(LONG_RUN)]), "activities.csv")
    (stored,) = everything(library)
    assert [each.kind for each in stored.measurements] == ["gpx", "strava_csv", "fit"]
    assert library.streams(stored) is not None


def test_a_dry_run_compares_the_rows_of_one_export_with_one_another(library: ActivityLibrary) -> None:
    rows = [
        export_row(LONG_RUN, identifier="1"),
        export_row(LONG_RUN, identifier="2"),
        export_row(LONG_RUN.shifted(7200), identifier="3"),
    ]
    rehearsal = upload(library, export_file(rows), "activities.csv", dry_run=True)
    assert activities(library) == []
    real = upload(library, export_file(rows), "activities.csv")
    assert (rehearsal.imported, rehearsal.merged) == (real.imported, real.merged) == (2, 1)
    assert [each.activity_id for each in rehearsal.items] == [each.activity_id for each in real.items]


def test_a_dry_run_joins_what_is_stored_without_touching_it(library: ActivityLibrary) -> None:
    for seconds in (-100, 100):
        upload(library, gpx_file(LONG_RUN.shifted(seconds)), f"{seconds}.gpx")
    before = everything(library)
    rows = [export_row(LONG_RUN, identifier="1"), export_row(LONG_RUN.shifted(100), identifier="2")]
    report = upload(library, export_file(rows), "activities.csv", dry_run=True)
    assert (report.imported, report.merged) == (0, 2)
    assert len({each.activity_id for each in report.items}) == 1
    assert everything(library) == before


def told(report: ImportReport) -> list[tuple[str, str | None, str | None]]:
    return [(each.status, each.activity_id, each.reason) for each in report.items]


@pytest.mark.parametrize("stored", [(), (-100,), (-100, 100)], ids=["nothing", "one end", "both ends"])
def test_a_dry_run_tells_what_the_import_will_tell(library: ActivityLibrary, stored: tuple[int, ...]) -> None:
    for seconds in stored:
        upload(library, gpx_file(LONG_RUN.shifted(seconds)), f"{seconds}.gpx")
    starts = [("1", -100), ("2", 100), ("3", 0), ("3", 0), ("3", 9000)]
    rows = export_file([export_row(LONG_RUN.shifted(seconds), identifier=each) for each, seconds in starts])
    rehearsal = told(upload(library, rows, "activities.csv", dry_run=True))
    assert rehearsal == told(upload(library, rows, "activities.csv"))
    assert [reason for *_, reason in rehearsal] == [None, None, None, "already imported", None]


def test_a_dry_run_compares_the_samples_of_two_tracks_of_one_file(library: ActivityLibrary) -> None:
    slower = gpx_file(steady(seconds=600, step_s=5, speed=2.0)).decode()
    cut = (LONG_GPX.decode().removesuffix("</gpx>") + slower.removeprefix(GPX_HEAD)).removesuffix("</gpx>").encode()
    assert upload(library, cut, "cut.gpx", dry_run=True).imported == 2
    assert upload(library, cut, "cut.gpx").imported == 2


def test_files_of_one_rehearsal_are_compared_with_each_other_and_with_what_is_stored(library: ActivityLibrary) -> None:
    upload(library, gpx_file(LONG_RUN.shifted(7200)), "stored.gpx")
    files = [(LONG_FIT, "a.fit"), (COPIES["cut.fit"], "cut.fit"), (fit_file(LONG_RUN.shifted(7200)), "b.fit")]
    before = everything(library)
    rehearsal = [told(upload(library, *each, dry_run=True, rehearsal="first")) for each in files]
    assert everything(library) == before
    assert [told(upload(library, *each)) for each in files] == rehearsal
    assert [status for ((status, *_),) in rehearsal] == ["imported", "merged", "merged"]


def test_uploads_of_another_rehearsal_and_of_none_are_not_compared(library: ActivityLibrary) -> None:
    for rehearsal in ("first", "second", None, None, "first"):
        assert one(upload(library, LONG_FIT, dry_run=True, rehearsal=rehearsal)).status == "imported"


def test_what_a_rehearsal_kept_apart_is_purged_when_it_ends(library: ActivityLibrary) -> None:
    upload(library, LONG_FIT, dry_run=True, rehearsal="first")
    kept = f"REHEARSAL#first#{library.partition}"
    assert library.store.query(kept, None, desc=False, limit=1, cursor=None).items
    end_rehearsal(library)
    assert not library.store.query(kept, None, desc=False, limit=1, cursor=None).items


def test_a_file_that_is_none_is_reported_by_name_and_reason(library: ActivityLibrary) -> None:
    report = upload(library, b"", "empty.fit")
    assert (report.rejected, one(report).name, one(report).reason) == (1, "empty.fit", "the file has 0 bytes")


@pytest.mark.parametrize(("settled", "status"), [(True, "rejected"), (False, "imported")])
def test_a_file_that_could_not_be_read_this_time_is_read_again(
    library: ActivityLibrary, settled: bool, status: str
) -> None:
    content = fit_file(RUN)
    refused = (RefusedItem(name="run.fit", reason="the memory ran out"),)
    prepared = PreparedFile(source_id=source_id_of(content), settled=settled, items=refused)
    upload = Upload("run.fit", content, NOW)
    assert import_file(library, upload, ahead=lambda *_: prepared).items[0].status == "rejected"
    assert import_file(library, upload).items[0].status == status


@pytest.mark.trap(44)
@pytest.mark.parametrize(("days", "status"), [(3, "imported"), (4.1, "rejected")])
def test_an_activity_of_the_future_is_refused(library: ActivityLibrary, days: float, status: str) -> None:
    assert one(upload(library, fit_file(RUN.shifted(days * 86_400)))).status == status


def test_indoor_activities_have_neither_weather_nor_a_zone_of_their_own(library: ActivityLibrary) -> None:
    row = export_row(replace(RUN, sport="Virtual Ride"), Weather_Temperature="30")
    upload(library, export_file([row]), "activities.csv", home_timezone="Europe/Berlin")
    (activity,) = activities(library)
    assert (activity.trainer, activity.weather, activity.timezone_source) == (True, None, "profile")


def test_the_first_home_timezone_is_remembered_and_a_later_one_does_not_change_the_profile(
    library: ActivityLibrary,
) -> None:
    upload(library, FORMS["run.fit"], home_timezone="Europe/Berlin")
    upload(library, fit_file(RUN.shifted(86_400)), home_timezone="Asia/Tokyo")
    assert library.profile().timezone == "Europe/Berlin"


def test_a_run_before_midnight_utc_counts_on_the_local_day(library: ActivityLibrary) -> None:
    late = replace(RUN, start=START.replace(hour=22, minute=30))
    upload(library, fit_file(late))
    (activity,) = activities(library)
    assert (activity.start_date_local.day, activity.weekday) == (5, "Tuesday")


def test_each_leg_of_a_multisport_file_is_reported(library: ActivityLibrary) -> None:
    legs = [steady(seconds=60, sport="Swim"), steady(seconds=90, sport="Ride").shifted(61)]
    assert upload(library, multisport_fit_file(legs)).imported == 2


def test_a_copy_that_is_whole_hours_apart_is_imported_and_named_but_never_merged(library: ActivityLibrary) -> None:
    upload(library, FORMS["run.gpx"], "run.gpx")
    item = one(upload(library, export_file([export_row(RUN.shifted(7200))]), "activities.csv"))
    assert item.status == "imported"
    assert item.reason == (
        "looks like another activity, whole hours apart, and was not merged with it: 2026-05-04 08:30, Morning Run"
    )
    assert len(activities(library)) == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(export_file([export_row(RUN.shifted(7500))]), id="not whole hours"),
        pytest.param(export_file([export_row(RUN.shifted(15 * 3600))]), id="another day"),
        pytest.param(fit_file(RUN.shifted(7200)), id="both know their zone"),
    ],
)
def test_an_activity_that_is_no_shifted_copy_gets_no_hint(library: ActivityLibrary, other: bytes) -> None:
    upload(library, FORMS["run.gpx"], "run.gpx")
    item = one(upload(library, other, "other"))
    assert (item.status, item.reason) == ("imported", None)


def test_two_commutes_of_one_export_get_no_hint(library: ActivityLibrary) -> None:
    rows = [export_row(RUN.shifted(seconds), identifier=each) for each, seconds in (("1", 0.0), ("2", 36_000.0))]
    report = upload(library, export_file(rows), "activities.csv")
    assert [each.reason for each in report.items] == [None, None]


def test_a_summary_of_garmins_export_names_the_recording_and_stands_in_for_one_that_is_missing(
    library: ActivityLibrary,
) -> None:
    upload(library, FORMS["run.fit"])
    summaries = garmin_file([garmin_item(RUN), garmin_item(RUN.shifted(86_400), 2)])
    assert [each.status for each in upload(library, summaries, "a_summarizedActivities.json").items] == [
        "merged",
        "imported",
    ]
    recorded, summary = activities(library)
    assert [each.kind for each in recorded.sources] == ["fit", "garmin_json"]
    assert (summary.distance, summary.elapsed_time) == (900.0, 300.0)


class ContendedStore(SqliteStore):
    """Another import gets in before each of the first `conflicts` transactions."""

    conflicts = 0
    rival: Workout = RUN

    def transact(self, writes: Sequence[Write]) -> None:
        if self.conflicts > 0:
            self.conflicts -= 1
            rival = SqliteStore.transact
            library = ActivityLibrary(_Uncontended(self, rival), "USER#issuer#maya")  # type: ignore[arg-type]
            upload(library, gpx_file(self.rival), "rival.gpx")
            self.rival = replace(self.rival, name=self.rival.name + "'")
        super().transact(writes)


class _Uncontended:
    """The same store, seen by the other import."""

    def __init__(self, store: SqliteStore, transact: object) -> None:
        self.get, self.query = store.get, store.query
        self.transact = transact.__get__(store)  # type: ignore[attr-defined]  # a plain function


@pytest.mark.parametrize("conflicts", [1, 2])
def test_an_import_that_loses_a_race_reads_again_and_merges(tmp_path: Path, conflicts: int) -> None:
    with ContendedStore(tmp_path / "activities.sqlite") as store:
        library = ActivityLibrary(store, "USER#issuer#maya")
        upload(library, tcx_file(RUN), "run.tcx")
        store.conflicts = conflicts
        assert one(upload(library, FORMS["run.fit"])).status == "merged"
        (activity,) = activities(library)
        assert [each.kind for each in activity.sources] == ["fit", "tcx", *["gpx"] * conflicts]


def test_the_id_pointer_of_an_activity_leads_to_where_it_stands(library: ActivityLibrary) -> None:
    upload(library, gpx_file(RUN.shifted(60)), "late.gpx")
    upload(library, FORMS["run.fit"])
    (activity,) = activities(library)
    pointer = library.store.get(library.partition, f"AID#{activity.id}")
    assert isinstance(pointer, Item)
    assert pointer.doc["sk"] == f"ACT#2026-05-04T06:30:00.000Z#{activity.id}"
