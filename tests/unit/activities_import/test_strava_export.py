from datetime import UTC, datetime

import pytest

from apis.activities.errors import FormatUnknown, NoActivityInside
from apis.activities.formats.export_columns import COLUMNS, GERMAN
from apis.activities.formats.strava_export import (
    RowRefused,
    activity_date,
    decimal_number,
    looks_like_export,
    read_export,
    whole_number,
)
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import export_file, export_row, steady

RUN = steady(seconds=1800)
RUN_KM, RUN_M = "5,40", 5400.0


def only(content: bytes) -> RecordedActivity:
    (row,) = read_export(content, source_name="activities.csv")
    assert isinstance(row, RecordedActivity)
    return row


@pytest.mark.parametrize("columns", [86, 87, 92, 94, 99, 101, 103])
def test_exports_of_every_year_are_read_by_position_of_the_nth_name(columns: int) -> None:
    row = export_row(RUN) | {("Distance", 1): "3.36", ("Elapsed Time", 1): "1", ("Distance", 2): "5400.0"}
    activity = only(export_file([row], columns=columns))
    assert (activity.totals.distance_m, activity.totals.elapsed_s) == (5400.0, 1800.0)
    assert (activity.source_name, activity.source_id) == ("activities.csv#9000000001", "strava:9000000001")


def test_the_column_order_has_103_names_of_which_five_occur_twice() -> None:
    twice = {name for name in COLUMNS if COLUMNS.count(name) == 2}
    assert len(COLUMNS) == 103
    assert twice == {"Elapsed Time", "Distance", "Max Heart Rate", "Relative Effort", "Commute"}


def test_german_headers_and_decimal_commas_are_read() -> None:
    german = {english: local for local, english in GERMAN.items()}
    header = [german.get(name, name) for name in (*COLUMNS[:91], "Media")]
    row = export_row(RUN, Activity_Date="20.09.2026, 14:12:12", Weather_Temperature="12,5") | {("Distance", 1): RUN_KM}
    activity = only(export_file([row], columns=92, header=header))
    assert activity.start_at == datetime(2026, 9, 20, 14, 12, 12, tzinfo=UTC)
    assert activity.totals.distance_m == RUN_M
    assert activity.weather is not None
    assert activity.weather.temperature_c == 12.5


def test_headers_of_an_unknown_language_are_read_in_stravas_order() -> None:
    header = [f"kolumna {index}" for index in range(92)]
    assert only(export_file([export_row(RUN)], columns=92, header=header)).totals.distance_m == RUN_M


def test_headers_with_markup_do_not_move_their_neighbours() -> None:
    order = (*COLUMNS[:86], "Media")
    missing = '<span class="translation_missing" title="x">{}</span>'
    header = [missing.format(name) if name in ("Type", "Jump Count", "Flagged") else name for name in order]
    assert only(export_file([export_row(RUN, From_Upload="0", Filename="")], columns=87, header=header)).labels.manual


@pytest.mark.parametrize(
    "text",
    [
        "May 23, 2023, 12:40:57 PM",
        "May 23, 2023, 12:40:57\u202fPM",
        "23 May 2023, 12:40:57",
        "23.05.2023, 12:40:57",
        "2023-05-23 12:40:57",
    ],
    ids=["US", "US with a narrow blank", "British", "German", "ISO, before 2019"],
)
def test_every_form_of_the_date_is_utc(text: str) -> None:
    assert activity_date(text) == datetime(2023, 5, 23, 12, 40, 57, tzinfo=UTC)


def test_midnight_in_the_us_form_is_hour_0() -> None:
    assert activity_date("Jan 1, 2024, 12:05:00 AM") == datetime(2024, 1, 1, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "32.01.2024, 10:00:00", "Foo 1, 2024, 10:00:00 AM"])
def test_a_date_that_is_none_is_none(text: str) -> None:
    assert activity_date(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10,20", 10.2),
        ("10.20", 10.2),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("--", None),
        ("", None),
        ("nan", None),
    ],
)
def test_decimal_commas_and_thousands_are_understood(text: str, value: float | None) -> None:
    assert decimal_number(text) == value


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("9233077380", "9233077380"),
        ("9233077380.0", "9233077380"),
        ("9.23307738E9", "9233077380"),
        ("90071992547409931", "90071992547409931"),
        ("x", None),
        ("", None),
        ("-1", None),
    ],
)
def test_ids_survive_spreadsheets_and_stay_exact_beyond_a_float(text: str, digits: str | None) -> None:
    assert whole_number(text) == digits


@pytest.mark.parametrize("cell", ["0", "", "0.0"])
def test_a_heart_rate_of_0_or_nothing_is_missing(cell: str) -> None:
    activity = only(export_file([export_row(RUN, Average_Heart_Rate=cell)]))
    assert activity.totals.average_heartrate_bpm is None


def test_weather_is_read_in_its_units() -> None:
    cells = {
        "Weather_Temperature": "18.5",
        "Apparent_Temperature": "17.9",
        "Dewpoint": "11.2",
        "Humidity": "0.63",
        "Wind_Speed": "4.4",
        "Precipitation_Intensity": "0.35",
        "Weather_Condition": "3.0",
        "Weather_Observation_Time": "1777876224.0",
    }
    weather = only(export_file([export_row(RUN, **cells)])).weather
    assert weather is not None
    assert (weather.temperature_c, weather.apparent_temperature_c, weather.dew_point_c) == (18.5, 17.9, 11.2)
    assert (weather.relative_humidity, weather.wind_speed_mps, weather.precipitation_mm_per_h) == (0.63, 4.4, 0.35)
    assert (weather.condition_code, weather.source) == (3, "strava_export")


def test_without_weather_there_is_none() -> None:
    assert only(export_file([export_row(RUN)])).weather is None


def test_zero_degrees_are_a_temperature() -> None:
    weather = only(export_file([export_row(RUN, Weather_Temperature="0.0")])).weather
    assert weather is not None
    assert weather.temperature_c == 0.0


def test_a_row_without_upload_is_manual() -> None:
    assert only(export_file([export_row(RUN, From_Upload="0.0", Filename="")])).labels.manual


def test_a_race_and_a_long_run_are_told_apart() -> None:
    rows = [export_row(RUN, Competition="1.0"), export_row(RUN, Long_Run="1.0"), export_row(RUN)]
    found = read_export(export_file(rows), source_name="a")
    assert [each.labels.workout_type for each in found if isinstance(each, RecordedActivity)] == [1, 2, None]


def test_a_row_that_cannot_be_read_is_named_and_loses_no_other() -> None:
    rows = [export_row(RUN, Activity_Date="soon"), export_row(RUN, identifier="9000000002")]
    bad, good = read_export(export_file(rows), source_name="activities.csv")
    assert isinstance(bad, RowRefused)
    assert bad.source_name == "activities.csv#9000000001"
    assert isinstance(good, RecordedActivity)


def test_an_export_from_before_2019_has_metres() -> None:
    content = (
        b"id,date,name,type,description,elapsed_time,distance,commute,gear,filename\n"
        b'123,2018-05-01 10:00:00,"Run, easy",Run,,1800,5400.0,false,,activities/123.gpx\n'
    )
    activity = only(content)
    assert (activity.name, activity.totals.distance_m, activity.totals.elapsed_s) == ("Run, easy", 5400.0, 1800.0)


def test_a_name_over_two_lines_is_one_cell() -> None:
    assert only(export_file([export_row(RUN, Activity_Name="one\ntwo")])).name == "one\ntwo"


def test_semicolons_separate_as_well() -> None:
    assert only(export_file([export_row(RUN)], delimiter=";")).totals.distance_m == RUN_M


def test_another_table_is_no_export() -> None:
    assert not looks_like_export("Datum,Schritte\n1,2\n")
    with pytest.raises(FormatUnknown):
        read_export(b"Datum,Schritte\n1,2\n", source_name="a")


def test_a_header_alone_holds_no_activity() -> None:
    with pytest.raises(NoActivityInside):
        read_export(export_file([]), source_name="a")
