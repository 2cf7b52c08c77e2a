from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from apis.activities.errors import FileTooLarge, FormatUnknown, NoActivityInside
from apis.activities.formats import strava_export
from apis.activities.formats.export_columns import COLUMNS
from apis.activities.formats.export_headers import DUTCH, FRENCH, GERMAN
from apis.activities.formats.strava_export import RowRefused, looks_like_export, read_export
from apis.activities.recordings import RecordedActivity
from tests.support.activity_files import export_file, export_row, steady

RUN = steady(seconds=1800)
RUN_KM, RUN_M = "5,40", 5400.0


def only(content: bytes) -> RecordedActivity:
    (row,) = read_export(content, source_name="activities.csv")
    assert isinstance(row, RecordedActivity)
    return row


@pytest.mark.trap(31)
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


@pytest.mark.trap(30)
def test_german_headers_and_decimal_commas_are_read() -> None:
    german = {english: local for local, english in GERMAN.items()}
    header = [german.get(name, name) for name in (*COLUMNS[:91], "Media")]
    row = export_row(RUN, Activity_Date="20.09.2026, 14:12:12", Weather_Temperature="12,5") | {("Distance", 1): RUN_KM}
    activity = only(export_file([row], columns=92, header=header))
    assert activity.start_at == datetime(2026, 9, 20, 14, 12, 12, tzinfo=UTC)
    assert activity.totals.distance_m == RUN_M
    assert activity.weather is not None
    assert activity.weather.temperature_c == 12.5


def translated(language: Mapping[str, str], columns: int) -> list[str]:
    local = {english: name for name, english in language.items()}
    return [local.get(name, name) for name in (*COLUMNS[: columns - 1], "Media")]


@pytest.mark.trap(30)
def test_french_headers_months_and_sports_are_read() -> None:
    header = [name.replace("'", "\u2019") for name in translated(FRENCH, 92)]
    row = export_row(RUN, Activity_Date="9 févr. 2026 à 16:53:12", Activity_Type="Course à pied")
    activity = only(export_file([row], columns=92, header=header))
    assert (activity.start_at, activity.sport_type) == (datetime(2026, 2, 9, 16, 53, 12, tzinfo=UTC), "Run")
    assert activity.totals.distance_m == RUN_M


@pytest.mark.trap(30)
def test_dutch_headers_months_and_sports_are_read() -> None:
    row = export_row(RUN, Activity_Date="9 mei 2026, 00:03:01", Activity_Type="Hardloopsessie")
    activity = only(export_file([row], columns=99, header=translated(DUTCH, 99)))
    assert (activity.start_at, activity.sport_type) == (datetime(2026, 5, 9, 0, 3, 1, tzinfo=UTC), "Run")
    assert activity.totals.distance_m == RUN_M


def test_typographic_apostrophes_in_headers_are_understood() -> None:
    assert looks_like_export("ID de l\u2019activité,Date de l\u2019activité")


def test_a_language_names_only_columns_that_there_are() -> None:
    for language in (GERMAN, FRENCH, DUTCH):
        assert set(language.values()) <= set(COLUMNS)


def test_columns_in_another_order_under_headers_of_an_unknown_language_are_not_believed() -> None:
    header = [f"kolumna {index}" for index in range(92)]
    row = export_row(RUN) | {("Elapsed Time", 2): "1733"}
    (refused,) = read_export(export_file([row], columns=92, header=header), source_name="a")
    assert isinstance(refused, RowRefused)
    assert refused.reason == "the header is in an unknown language and the columns are not in Strava's order"


def test_an_export_of_2020_with_fewer_columns_is_read_by_name() -> None:
    """Without `Max Heart Rate` and `Activity Private Note` among the first columns, and with untranslated names."""
    missing = "translation missing: en-GB.lib.export.portability_exporter.activities.horton_values.type"
    order = [name for at, name in enumerate(COLUMNS[:79]) if at not in (7, 10)]
    header = [missing if name in ("Type", "Flagged") else name for name in order]
    cells = ["9", '"24 Dec 2020, 08:13:59"', "Ride", "Ride", "", "19595", "101.17"] + [""] * 5
    cells += ["10", "19595.0", "18566.0", "101178.2"] + [""] * (len(order) - 16)
    activity = only(",".join(header).encode() + b"\n" + ",".join(cells).encode() + b"\n")
    assert (activity.totals.distance_m, activity.totals.elapsed_s, activity.totals.moving_s) == (
        101_178.2,
        19_595.0,
        18_566.0,
    )


def test_too_few_headers_of_an_unknown_language_are_no_export() -> None:
    assert not looks_like_export(",".join(f"kolumna {index}" for index in range(85)))


def test_headers_of_an_unknown_language_are_read_in_stravas_order() -> None:
    header = [f"kolumna {index}" for index in range(92)]
    assert only(export_file([export_row(RUN)], columns=92, header=header)).totals.distance_m == RUN_M


@pytest.mark.trap(30)
def test_headers_with_markup_do_not_move_their_neighbours() -> None:
    order = (*COLUMNS[:86], "Media")
    missing = '<span class="translation_missing" title="x">{}</span>'
    header = [missing.format(name) if name in ("Type", "Jump Count", "Flagged") else name for name in order]
    assert only(export_file([export_row(RUN, From_Upload="0", Filename="")], columns=87, header=header)).labels.manual


@pytest.mark.trap(3)
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


def test_weather_beyond_what_there_is_is_missing() -> None:
    cells = {"Weather_Temperature": "18.5", "Humidity": "63", "Wind_Speed": "-1", "Weather_Pressure": "30.1"}
    weather = only(export_file([export_row(RUN, **cells)])).weather
    assert weather is not None
    assert (weather.relative_humidity, weather.wind_speed_mps, weather.pressure_hpa) == (None, None, None)


def test_a_time_rounded_to_128_seconds_still_tells_day_from_night() -> None:
    """The run lasts from 06:30 to 07:00 UTC; the sun rose at about 03:28 and set at about 18:36."""
    cells = {"Weather_Temperature": "18.5", "Sunrise_Time": "1777865344.0", "Sunset_Time": "1777919744.0"}
    day = only(export_file([export_row(RUN, **cells)])).weather
    night = only(export_file([export_row(RUN.shifted(14 * 3600), **cells)])).weather
    assert day is not None
    assert night is not None
    assert (day.is_day, night.is_day) == (True, False)


def test_without_weather_there_is_none() -> None:
    assert only(export_file([export_row(RUN)])).weather is None


def test_zero_degrees_are_a_temperature() -> None:
    weather = only(export_file([export_row(RUN, Weather_Temperature="0.0")])).weather
    assert weather is not None
    assert weather.temperature_c == 0.0


@pytest.mark.trap(27)
def test_a_row_without_upload_is_manual() -> None:
    assert only(export_file([export_row(RUN, From_Upload="0.0", Filename="")])).labels.manual


def test_what_newer_exports_add_is_read() -> None:
    cells = {
        "Relative_Effort": "134",
        "Flagged": "1.0",
        "Average_Watts": "210.0",
        "Weighted_Average_Power": "225.0",
        "Total_Work": "378000.0",
        "Elevation_Gain": "124",
        "Elevation_High": "58",
        "Elevation_Low": "-20",
        "Average_Cadence": "84.5",
        "Bike": "12622314",
        "Timer_Time": "1790.0",
        "Average_Temperature": "-3",
    }
    activity = only(export_file([export_row(RUN, **cells)]))
    totals, labels = activity.totals, activity.labels
    assert (labels.suffer_score, labels.flagged, labels.gear_id) == (134.0, True, "b12622314")
    assert (totals.average_power_w, totals.normalized_power_w, totals.work_kj) == (210.0, 225.0, 378.0)
    assert (totals.ascent_m, totals.elev_high_m, totals.elev_low_m) == (124.0, 58.0, -20.0)
    assert (totals.average_cadence_spm, totals.timer_s, totals.average_temperature_c) == (84.5, 1790.0, -3.0)
    assert totals.power_measured is True


def test_the_second_relative_effort_comes_first_and_the_first_one_stands_in() -> None:
    both = export_row(RUN, Relative_Effort="134") | {("Relative Effort", 2): "134.5"}
    assert only(export_file([both])).labels.suffer_score == 134.5
    assert only(export_file([export_row(RUN)])).labels.suffer_score is None


@pytest.mark.parametrize(
    ("work", "watts", "kilojoules"),
    [("378000", "210", 378.0), ("378", "210", 378.0), ("37800", "210", None), ("378000", "", None)],
    ids=["joules", "kilojoules", "neither", "nothing to compare with"],
)
def test_the_unit_of_work_is_the_one_that_mean_power_agrees_with(
    work: str, watts: str, kilojoules: float | None
) -> None:
    activity = only(export_file([export_row(RUN, Total_Work=work, Average_Watts=watts)]))
    assert activity.totals.work_kj == kilojoules


def test_power_without_a_weighted_average_was_estimated() -> None:
    assert only(export_file([export_row(RUN, Average_Watts="87.2")])).totals.power_measured is False
    assert only(export_file([export_row(RUN)])).totals.power_measured is None


def test_shoes_and_bikes_have_ids_of_their_own() -> None:
    assert only(export_file([export_row(RUN, Gear="12622314.0")])).labels.gear_id == "g12622314"


@pytest.mark.parametrize("cell", ["true", "1", "1.0", "TRUE"])
def test_a_commute_is_one_in_either_column(cell: str) -> None:
    assert only(export_file([export_row(RUN, Commute=cell)])).labels.commute
    assert only(export_file([export_row(RUN) | {("Commute", 2): cell}])).labels.commute
    assert not only(export_file([export_row(RUN, Commute="false") | {("Commute", 2): "0"}])).labels.commute


@pytest.mark.trap(38)
@pytest.mark.parametrize("first", ["3.36", "10,20", "3.355", "1.0"], ids=["miles", "locale", "more digits", "wrong"])
def test_a_first_distance_in_miles_or_in_a_locale_is_not_used(first: str) -> None:
    assert only(export_file([export_row(RUN) | {("Distance", 1): first}])).totals.distance_m == RUN_M


@pytest.mark.trap(13)
def test_the_date_is_utc_and_the_row_knows_no_zone() -> None:
    activity = only(export_file([export_row(RUN, Activity_Date="May 4, 2026, 11:30:00 PM")]))
    assert activity.start_at == datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    assert activity.utc_offset_s is None


@pytest.mark.case("I04")
@pytest.mark.parametrize("cell", ["=1+1", "+5400", "@SUM(A1)", "-cmd|' /C calc'!A0", '=HYPERLINK("x")', "\t=1"])
def test_a_formula_stays_text_and_is_no_number(cell: str) -> None:
    cells = dict.fromkeys(("Activity_Name", "Activity_Description", "Activity_Gear", "Calories", "Average_Watts"), cell)
    activity = only(export_file([export_row(RUN, **cells) | {("Distance", 2): cell}]))
    assert (activity.name, activity.labels.description, activity.labels.gear) == (cell.strip(),) * 3
    assert (activity.totals.calories_kcal, activity.totals.average_power_w, activity.totals.distance_m) == (None,) * 3


@pytest.mark.case("I04")
def test_a_formula_is_no_id_and_is_not_echoed() -> None:
    (refused,) = read_export(export_file([export_row(RUN, identifier="=1+1")]), source_name="activities.csv")
    assert refused == RowRefused("activities.csv#line 2", "the row has no activity id")


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


def rows_of(content: bytes) -> list[str]:
    return [
        each.source_id if isinstance(each, RecordedActivity) else each.reason
        for each in read_export(content, source_name="a")
    ]


@pytest.mark.trap(22)
def test_a_cell_without_end_costs_the_rows_after_it_and_none_before() -> None:
    content = export_file([export_row(RUN, identifier="1"), export_row(RUN, identifier="2")])
    broken = content + b'3,"' + b"x" * 200_000
    assert rows_of(broken) == ["strava:1", "strava:2", "the table breaks after line 4"]


@pytest.mark.trap(22)
def test_a_row_at_which_the_file_ends_is_read_in_part_without_its_last_cell() -> None:
    content = export_file([export_row(RUN, identifier="1", Average_Heart_Rate="151")])
    cut = content[: content.index(b",151,") + 3]
    activity = only(cut)
    assert (activity.partial, activity.reason) == (True, "the row ends early")
    assert (activity.totals.distance_m, activity.totals.average_heartrate_bpm) == (RUN_M, None)


def test_a_short_row_is_whole_where_a_line_end_follows() -> None:
    """A spreadsheet leaves out the separators of empty cells at the end of a line."""
    content = export_file([export_row(RUN, identifier="1", Average_Heart_Rate="151")])
    trimmed = content.rstrip(b"\r\n,")
    assert trimmed.endswith(b",1")
    activity = only(trimmed + b"\r\n")
    assert (activity.partial, activity.totals.average_heartrate_bpm) == (False, 151.0)


@pytest.mark.trap(45)
def test_a_line_or_a_row_without_end_breaks_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    content = export_file([export_row(RUN, identifier="1")])
    monkeypatch.setattr(strava_export, "MAX_LINE_CHARS", 4000)
    assert rows_of(content + b"2" + b"," * 4000) == ["strava:1", "the table breaks after line 2"]
    monkeypatch.setattr(strava_export, "MAX_LINES_OF_ROW", 3)
    assert rows_of(content + b'2,"\n\n\n\n"') == ["strava:1", "the table breaks after line 5"]


@pytest.mark.trap(45)
def test_more_rows_than_anybody_has_activities_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strava_export, "MAX_ROWS", 2)
    rows = [export_row(RUN, identifier=str(number)) for number in (1, 2, 3)]
    assert len(read_export(export_file(rows[:2]), source_name="a")) == 2
    with pytest.raises(FileTooLarge):
        read_export(export_file(rows), source_name="a")


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
