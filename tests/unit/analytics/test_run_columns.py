"""Columns say of a stored row what its models say, and nothing that the row does not know."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apis.activities.analytics.run_columns import RUN_SPORTS, run_columns
from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.analytics.weather_bands import BAND_NAMES, WeatherBands
from apis.activities.models import Activity, Weather
from tests.support.runs import columns_of, rows_of, run, weather

SAMPLED = RunFeatures(
    source="streams",
    heartrate_bpm=151.5,
    speed_mps=3.25,
    grade_adjusted=True,
    moving_time_s=3100.0,
    heartrate_coverage=0.99,
    speed_variation=0.06,
    heartrate_variation=0.03,
    cadence_lock_share=0.01,
    heartrate_out_of_range_share=0.0,
    sustained_max_bpm=166.0,
    gain_m_per_km=4.0,
)


def test_each_feature_has_its_column() -> None:
    columns = columns_of([run(id="a")], {"a": SAMPLED})

    for name, value in SAMPLED.model_dump(exclude={"source"}).items():
        assert getattr(columns, name).tolist() == [value], name
    assert columns.from_samples.tolist() == [True]


def test_the_activity_has_its_columns() -> None:
    columns = columns_of(
        [run(local="2026-06-14T00:10:00", id="a", workout_type=2, manual=True, trainer=True, distance=9000.0)]
    )

    assert (columns.activity_id.tolist(), columns.sport_type.tolist(), columns.weekday.tolist()) == (
        ["a"],
        ["Run"],
        ["Sunday"],
    )
    assert columns.local_date(0) == date(2026, 6, 14)
    assert columns.started_s.tolist() == [1781388600.0]
    assert (columns.workout_type.tolist(), columns.distance_m.tolist()) == ([2.0], [9000.0])
    assert (columns.manual.tolist(), columns.trainer.tolist()) == ([True], [True])


def test_what_a_row_leaves_out_is_not_known_and_no_flag_is_set() -> None:
    columns = columns_of([run(distance=None, average_heartrate=None, weather=None, total_elevation_gain=None)])

    unknown = (
        "workout_type distance_m temperature_c heartrate_bpm speed_mps heartrate_coverage speed_variation "
        "heartrate_variation cadence_lock_share heartrate_out_of_range_share sustained_max_bpm gain_m_per_km"
    )
    assert all(np.isnan(getattr(columns, name)).all() for name in unknown.split())
    flags = "manual trainer has_weather device_temperature grade_adjusted from_samples"
    assert not any(getattr(columns, name).any() for name in flags.split())
    assert columns.weather_bands.tolist() == [0]


def test_a_temperature_of_zero_is_a_temperature() -> None:
    assert columns_of([run(weather=weather(temperature_c=0.0))]).temperature_c.tolist() == [0.0]


def test_a_row_without_features_is_taken_by_its_averages() -> None:
    bare = [{"activity": row["activity"]} for row in rows_of([run()])]

    columns = run_columns(bare, first=date.min, end=date.max, bands=WeatherBands())

    assert columns.heartrate_bpm.tolist() == [150.0]
    assert columns.speed_mps.tolist() == [run_features(run()).speed_mps]
    assert not columns.from_samples.any()


def test_only_runs_of_the_dates_are_read_oldest_first_however_many_there_are() -> None:
    runs = [run(number / 10, id=f"{number:04}") for number in range(1200)]
    others = [run(1, sport_type="Ride"), run(1, sport_type="Unknown")]
    first, end = date(2026, 3, 15), date(2026, 6, 20)
    expected = [each.id for each in reversed(runs) if first <= each.start_date_local.date() < end]

    columns = run_columns(rows_of([*runs, *others]), first=first, end=end, bands=WeatherBands())

    assert columns.activity_id.tolist() == expected
    assert len(columns) == 970


def test_every_kind_of_run_is_read() -> None:
    columns = columns_of(run(day, sport_type=sport) for day, sport in enumerate(RUN_SPORTS, start=1))

    assert set(columns.sport_type.tolist()) == {"Run", "TrailRun", "VirtualRun"}


def test_no_rows_are_no_runs() -> None:
    columns = columns_of([])

    assert len(columns) == 0
    assert columns.in_band("wet").tolist() == []


@pytest.mark.parametrize("source", ["device_sensor", "strava_export", "station"])
def test_a_temperature_of_the_device_is_marked(source: Any) -> None:
    assert columns_of([run(weather=weather(source=source))]).device_temperature.tolist() == [source == "device_sensor"]


readings = st.builds(
    Weather,
    temperature_c=st.none() | st.sampled_from([-3.0, 4.9, 5.0, 15.0, 19.9, 25.0]),
    apparent_temperature_c=st.none() | st.sampled_from([-8.0, 5.0, 14.9, 20.0, 31.0]),
    dew_point_c=st.none() | st.sampled_from([0.0, 15.9, 16.0]),
    precipitation_mm_per_h=st.none() | st.sampled_from([0.0, 0.09, 0.1]),
    wind_speed_mps=st.none() | st.sampled_from([0.0, 5.9, 6.0]),
    condition_code=st.none() | st.sampled_from([1, 5]),
)


@given(st.lists(st.none() | readings, max_size=8))
def test_the_bands_of_a_row_are_those_of_its_weather(weathers: list[Weather | None]) -> None:
    bands = WeatherBands(wet_codes=frozenset({5}))
    activities: list[Activity] = [
        run(50 - day, id=f"{day}", weather=each) for day, each in enumerate(weathers, start=1)
    ]

    columns = run_columns(rows_of(activities), first=date.min, end=date.max, bands=bands)

    for name in BAND_NAMES:
        assert columns.in_band(name).tolist() == [name in bands.bands_of(each) for each in weathers]
