"""The demo histories: an export like any other, the same tomorrow, and with a truth that the trend finds again."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.trend_report import HeartRateTrend
from apis.activities.analytics.weather_bands import WeatherBands
from apis.activities.analytics.windows import resolve_window
from apis.activities.formats.export_columns import COLUMNS
from apis.activities.formats.strava_export import RowRefused, read_export
from apis.activities.models import Activity, ActivityId
from apis.activities.recordings import RecordedActivity
from local_agentcore import demo_history
from local_agentcore.demo_athletes import DEMO_ATHLETES
from local_agentcore.demo_history import activities_csv, history_span
from tests.support.runs import rows_of

TODAY = date(2026, 11, 23)
START, END = history_span(TODAY)
MAYA = DEMO_ATHLETES["maya"]
BERLIN = ZoneInfo("Europe/Berlin")


@cache
def recorded(name: str) -> Sequence[RecordedActivity]:
    rows = read_export(activities_csv(DEMO_ATHLETES[name], START, END), source_name="activities.csv")
    assert not any(isinstance(row, RowRefused) for row in rows)
    return [row for row in rows if isinstance(row, RecordedActivity)]


def stored(row: RecordedActivity) -> Activity:
    """As the import stores a row: totals of the export, local time of the athlete's zone."""
    local = row.start_at.astimezone(BERLIN).replace(tzinfo=None)
    moving = row.totals.moving_s
    assert moving is not None
    return Activity(
        id=ActivityId(row.source_id),
        name=row.name or "",
        sport_type=row.sport_type or "Unknown",
        workout_type=row.labels.workout_type,
        start_date=row.start_at,
        start_date_local=local,
        timezone="Europe/Berlin",
        weekday=f"{local:%A}",
        distance=row.totals.distance_m,
        moving_time=moving,
        elapsed_time=row.totals.elapsed_s or moving,
        total_elevation_gain=row.totals.ascent_m,
        average_heartrate=row.totals.average_heartrate_bpm,
        trainer=row.labels.trainer,
        manual=row.labels.manual,
        weather=row.weather,
    )


@cache
def history(name: str) -> list[Activity]:
    return [stored(row) for row in recorded(name)]


def trend(name: str, window: str, condition: str | None = None) -> HeartRateTrend:
    now = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    return analyze_heart_rate_trend(
        rows_of(history(name)), window=resolve_window(window, now=now, zone=BERLIN), condition=condition
    )


def outdoor_runs(first: date, days: int = 30) -> list[Activity]:
    last = first + timedelta(days=days)
    return [
        each for each in history("maya") if each.sport_type == "Run" and first <= each.start_date_local.date() < last
    ]


def test_the_header_is_that_of_the_export_of_2026() -> None:
    assert demo_history.COLUMNS == COLUMNS
    assert len(COLUMNS) == 103
    header = activities_csv(MAYA, START, START).decode().splitlines()[0]
    assert header.split(",") == list(COLUMNS)


def test_every_row_has_a_cell_for_every_column() -> None:
    rows = list(csv.reader(io.StringIO(activities_csv(MAYA, START, END).decode(), newline="")))

    assert {len(row) for row in rows} == {103}


def test_the_two_columns_of_one_name_keep_their_units() -> None:
    rows = csv.reader(io.StringIO(activities_csv(MAYA, START, END).decode(), newline=""))
    header = next(rows)
    first_km = header.index("Distance")
    second_m = header.index("Distance", first_km + 1)

    assert all(abs(float(row[first_km]) * 1000 - float(row[second_m])) <= 5.0 for row in rows)


def test_fourteen_months_end_today() -> None:
    assert (date(2025, 9, 23), TODAY) == (START, END)
    assert history_span(date(2026, 4, 30))[0] == date(2025, 2, 28)


@pytest.mark.parametrize("name", sorted(DEMO_ATHLETES))
def test_tomorrow_only_adds_a_day(name: str) -> None:
    athlete = DEMO_ATHLETES[name]
    today, tomorrow = (activities_csv(athlete, START, END + timedelta(days=more)) for more in (0, 1))

    later_start = activities_csv(athlete, START + timedelta(days=200), END)

    assert tomorrow.startswith(today)
    assert today.endswith(later_start.partition(b"\n")[2])


def test_an_evening_run_is_not_yet_there_at_noon() -> None:
    tuesday = date(2026, 11, 17)
    noon = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)

    assert len(activities_csv(MAYA, tuesday, tuesday).splitlines()) == 2
    assert len(activities_csv(MAYA, tuesday, tuesday, finished_by=noon).splitlines()) == 1


def test_ids_are_unique_over_all_athletes() -> None:
    ids = [row.source_id for name in DEMO_ATHLETES for row in recorded(name)]

    assert len(ids) == len(set(ids))


def test_maya_trains_four_to_five_times_a_week_with_gaps_in_the_data() -> None:
    activities = history("maya")
    weeks = (END - START).days / 7

    assert 4.0 <= len(activities) / weeks <= 5.0
    assert {each.sport_type for each in activities} == {"Run", "Ride", "VirtualRun"}
    assert any(each.manual for each in activities)
    assert any(each.workout_type == 1 for each in activities)
    assert any(each.average_heartrate is None and not each.manual for each in activities)
    assert any(each.weather is None and each.sport_type == "Run" and not each.manual for each in activities)
    assert all(each.weather is None for each in activities if each.sport_type == "VirtualRun")


def test_any_thirty_days_of_maya_hold_ten_outdoor_runs_and_some_in_the_rain() -> None:
    bands = WeatherBands()
    firsts = [START + timedelta(days=day) for day in range((END - START).days - 28)]

    assert min(len(outdoor_runs(first)) for first in firsts) >= 10
    assert min(sum(bands.matches(each.weather, ("wet",)) for each in outdoor_runs(first)) for first in firsts) >= 1


def test_the_weather_is_that_of_berlin() -> None:
    readings = [(each.start_date_local.month, each.weather) for each in history("maya") if each.weather]
    summer = [weather.temperature_c or 0 for month, weather in readings if month in {6, 7, 8}]
    winter = [weather.temperature_c or 0 for month, weather in readings if month in {12, 1, 2}]
    wet = [weather for _, weather in readings if (weather.precipitation_mm_per_h or 0) >= 0.1]

    assert 17 < sum(summer) / len(summer) < 24
    assert -2 < sum(winter) / len(winter) < 7
    assert max(summer) > 26
    assert 0.2 < len(wet) / len(readings) < 0.4
    assert all((weather.dew_point_c or 0) <= (weather.temperature_c or 0) for _, weather in readings)
    assert all(0.3 <= (weather.relative_humidity or 0) <= 1 for _, weather in readings)


def test_the_trend_finds_mayas_truth_on_the_long_window() -> None:
    answer = trend("maya", "last_6_months")

    assert answer.trend is not None
    assert answer.trend.ci95_low <= -MAYA.truth.fitness_bpm_per_30d <= answer.trend.ci95_high
    assert answer.trend.heat_bpm_per_c == pytest.approx(MAYA.truth.heat_bpm_per_c, abs=0.3)
    assert answer.trend.speed_bpm_per_mps == pytest.approx(MAYA.truth.speed_bpm_per_mps, rel=0.2)
    assert answer.trend.residual_sd_bpm == pytest.approx(MAYA.truth.noise_bpm, rel=0.25)
    assert answer.verdict == "improving"


def test_thirty_days_are_too_short_to_show_mayas_change() -> None:
    answer = trend("maya", "last_30_days")

    assert answer.verdict == "no_detectable_change"
    assert answer.trend is not None
    assert answer.trend.ci95_low <= -MAYA.truth.fitness_bpm_per_30d <= answer.trend.ci95_high


def test_jonas_does_not_change_and_the_trend_does_not_say_so_either() -> None:
    answer = trend("jonas", "last_6_months")

    assert answer.verdict == "no_detectable_change"
    assert answer.trend is not None
    assert answer.trend.ci95_low < 0 < answer.trend.ci95_high


def test_aiko_is_a_minor_who_swims_and_runs() -> None:
    assert TODAY.year - DEMO_ATHLETES["aiko"].birth_year == 16
    assert {each.sport_type for each in history("aiko")} == {"Run", "Swim"}
    assert trend("aiko", "last_6_months").verdict == "improving"


def test_fitness_turns_every_two_years_so_that_heart_rates_stay_human() -> None:
    truth = MAYA.truth

    assert truth.fitness_bpm(date(2025, 7, 1)) == 0
    assert truth.fitness_bpm(date(2025, 7, 31)) == -1.0
    assert truth.fitness_bpm(date(2027, 7, 31)) > truth.fitness_bpm(date(2027, 7, 1))
    assert all(-25 < truth.fitness_bpm(date(year, 1, 1)) <= 0 for year in range(2020, 2060))


def test_the_generator_imports_nothing_of_the_apis() -> None:
    code = (
        "import sys, local_agentcore.demo_history; "
        "sys.exit(any(name.split('.')[0] in {'apis', 'pydantic', 'scipy'} for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
