from typing import Any

import pytest

from apis.activities.analytics.exclusions import COMPARED, REASONS, ComparisonLimits, exclusions
from apis.activities.analytics.run_features import run_features
from apis.activities.models import Activity
from tests.support.runs import columns_of, run, weather

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
    ("hr_out_of_range", {}, {"heartrate_bpm": 59.0}),
    ("hr_out_of_range", {}, {"heartrate_out_of_range_share": 0.06}),
    ("hr_out_of_range", {}, {"sustained_max_bpm": 220.5}),
    ("no_weather", {"weather": None}, {}),
    ("no_weather", {"weather": weather(temperature_c=None)}, {}),
    ("no_distance", {"distance": None}, {}),
    ("too_hilly", {"total_elevation_gain": 151.0}, {}),
]


def reason(
    activity: Activity, *, sport_type: str = "Run", max_heartrate_bpm: float | None = None, **features: Any
) -> str | None:
    known = run_features(activity).model_copy(update=features)
    runs = columns_of([activity], {activity.id: known})
    found = exclusions(runs, sport_type=sport_type, limits=ComparisonLimits(), max_heartrate_bpm=max_heartrate_bpm)
    return None if found[0] == COMPARED else REASONS[found[0]]


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


@pytest.mark.parametrize(
    ("stated", "sustained", "expected"),
    [
        pytest.param(185, 195.0, None, id="ten above the athlete's maximum"),
        pytest.param(185, 195.5, "hr_out_of_range", id="more than ten above it"),
        pytest.param(None, 215.0, None, id="no maximum stated"),
        pytest.param(215, 222.0, "hr_out_of_range", id="nobody's heart, whatever is stated"),
        pytest.param(185, None, None, id="imported before it was looked for"),
    ],
)
def test_a_heart_rate_far_above_the_athletes_own_maximum_is_an_error_of_the_sensor(
    stated: int | None, sustained: float | None, expected: str | None
) -> None:
    assert reason(run(), max_heartrate_bpm=stated, sustained_max_bpm=sustained) == expected


def test_a_mean_above_the_athletes_own_maximum_is_one_as_well() -> None:
    assert reason(run(average_heartrate=181.0), max_heartrate_bpm=170) == "hr_out_of_range"
    assert reason(run(average_heartrate=180.0), max_heartrate_bpm=170) is None


def test_virtual_runs_are_compared_with_one_another_without_weather() -> None:
    virtual = run(sport_type="VirtualRun", trainer=True, weather=None)

    assert reason(virtual, sport_type="VirtualRun") is None
    assert reason(virtual) == "other_sport"
