from datetime import timedelta
from typing import Any

import pytest

from apis.activities.analytics.exclusions import (
    REASONS,
    ComparisonLimits,
    duplicate_ids,
    exclusion_reason,
)
from apis.activities.analytics.run_features import run_features
from apis.activities.models import Activity
from tests.support.runs import run, weather

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("other_sport", {"sport_type": "TrailRun"}, {}),
    ("manual", {"manual": True}, {}),
    ("indoor", {"trainer": True}, {}),
    ("race", {"workout_type": 1}, {}),
    ("intervals", {"workout_type": 3}, {}),
    ("intervals", {}, {"speed_variation": 0.21}),
    ("intervals", {}, {"heartrate_variation": 0.1}),
    ("too_short", {"moving_time": 1199.0}, {}),
    ("no_heartrate", {"average_heartrate": None}, {}),
    ("no_heartrate", {"average_heartrate": 0.0}, {}),
    ("low_hr_coverage", {}, {"heartrate_coverage": 0.79}),
    ("cadence_lock", {}, {"cadence_lock_share": 0.51}),
    ("hr_out_of_range", {}, {"heartrate_bpm": 224.0}),
    ("hr_out_of_range", {}, {"heartrate_out_of_range_share": 0.06}),
    ("no_weather", {"weather": None}, {}),
    ("no_weather", {"weather": weather(temperature_c=None)}, {}),
    ("no_distance", {"distance": None}, {}),
    ("too_hilly", {"total_elevation_gain": 151.0}, {}),
]


def reason(activity: Activity, *, duplicate: bool = False, **features: Any) -> str | None:
    known = run_features(activity).model_copy(update=features)
    return exclusion_reason(activity, known, sport_type="Run", limits=ComparisonLimits(), duplicate=duplicate)


@pytest.mark.parametrize(("expected", "activity", "features"), CASES)
def test_each_run_that_cannot_be_compared_has_its_reason(
    expected: str, activity: dict[str, Any], features: dict[str, Any]
) -> None:
    assert reason(run(**activity), **features) == expected


def test_every_reason_is_tested() -> None:
    assert {expected for expected, _, _ in CASES} | {"duplicate"} == set(REASONS)


def test_a_steady_run_is_compared() -> None:
    assert reason(run()) is None


@pytest.mark.parametrize(
    ("activity", "features"),
    [
        pytest.param({"moving_time": 1200.0}, {}, id="exactly twenty minutes"),
        pytest.param({}, {"heartrate_coverage": 0.8}, id="exactly eighty percent"),
        pytest.param({}, {"cadence_lock_share": 0.5}, id="exactly half locked"),
        pytest.param({"total_elevation_gain": 150.0}, {}, id="exactly 15 m/km"),
        pytest.param({"total_elevation_gain": 900.0}, {"grade_adjusted": True}, id="hilly but grade-adjusted"),
        pytest.param({"workout_type": 2}, {}, id="a long run"),
    ],
)
def test_runs_at_the_limit_are_compared(activity: dict[str, Any], features: dict[str, Any]) -> None:
    assert reason(run(**activity), **features) is None


def test_a_manual_run_without_heart_rate_has_one_reason() -> None:
    assert reason(run(manual=True, average_heartrate=None, weather=None)) == "manual"


def test_the_second_copy_of_a_run_is_a_duplicate_and_the_recorded_one_stays() -> None:
    first = run(1, id="9", manual=True)
    second = first.model_copy(
        update={
            "id": "10",
            "manual": False,
            "start_date": first.start_date + timedelta(seconds=120),
            "distance": 10_400,
        }
    )

    assert duplicate_ids([first, second]) == {"9"}
    assert reason(first.model_copy(update={"manual": False}), duplicate=True) == "duplicate"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"distance": 10_600.0}, id="six percent longer"),
        pytest.param({"sport_type": "Ride"}, id="another sport"),
    ],
)
def test_two_different_activities_are_no_duplicates(other: dict[str, Any]) -> None:
    first = run(1, id="1")

    assert duplicate_ids([first, first.model_copy(update={"id": "2", **other})]) == frozenset()


def test_a_warm_up_and_a_race_ten_minutes_later_are_no_duplicates() -> None:
    first = run(1, id="1")
    later = first.model_copy(update={"id": "2", "start_date": first.start_date + timedelta(seconds=121)})

    assert duplicate_ids([first, later]) == frozenset()
