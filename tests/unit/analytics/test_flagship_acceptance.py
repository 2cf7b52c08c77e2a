"""The eleven acceptance tests that the design of the heart-rate trend names, each under its number.

Seeds are fixed: a test that counts verdicts counts the same ones in every run.
"""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.run_features import run_features
from apis.activities.analytics.trend_model import NotEnoughRuns, TrendFit, fit_trend
from apis.activities.analytics.trend_report import HeartRateTrend
from apis.activities.analytics.trend_verdict import direction, judge
from apis.activities.app import create_app
from apis.activities.models import Activity
from apis.activities.settings import ActivitiesApiSettings
from tests.support.activity_files import Workout, export_date, export_file, fit_file, steady
from tests.support.api_client import ApiClient, team_issuer, team_settings
from tests.support.runs import NOW, as_activities, rows_of, run, simulated, trend_of, weather, window
from tests.support.uploading import upload

SEEDS = 200
FLAT = as_activities(simulated(2, in_window=12, noise_bpm=2.5))


def changed(activity: Activity, **values: Any) -> Activity:
    return activity.model_copy(update=values)


def fits(**truth: Any) -> list[TrendFit]:
    found = [fit_trend(simulated(seed, **truth)) for seed in range(SEEDS)]
    return [each for each in found if not isinstance(each, NotEnoughRuns)]


def claims(fitted: list[TrendFit]) -> Counter[str]:
    """What the intervals alone say, before any second opinion could take it back."""
    return Counter(direction(each.change().low, each.change().high) for each in fitted)


@pytest.fixture
def api(tmp_path: Path) -> ApiClient:
    """The API over HTTP, on the evening of June 30th in Berlin."""
    issuer = team_issuer("activities")
    settings = ActivitiesApiSettings(**team_settings("activities", tmp_path / "activities.sqlite"))
    return ApiClient(create_app(settings, fetch=issuer.fetch, clock=lambda: NOW), issuer)


# 1. Simulated truth, 200 fixed seeds: the 95 % interval covers it in 92 to 98 %.


@pytest.mark.parametrize(
    "truth",
    [
        pytest.param({}, id="ten runs in thirty days with history"),
        pytest.param({"in_window": 20, "span_days": 60.0, "noise_bpm": 2.0}, id="twenty runs in sixty days"),
        pytest.param({"in_window": 40, "earlier": 0, "span_days": 120.0}, id="forty runs without history"),
        pytest.param({"warming": True}, id="a window that warms"),
        pytest.param({"slowing": True}, id="a window that slows down"),
    ],
)
def test_1_the_interval_covers_the_simulated_truth_in_92_to_98_percent(truth: dict[str, Any]) -> None:
    changes = [each.change() for each in fits(change_bpm_per_30d=-3.0, **truth)]

    assert len(changes) == SEEDS
    assert 0.92 <= sum(each.low <= -3.0 <= each.high for each in changes) / SEEDS <= 0.98


def test_1_so_does_the_interval_of_the_whole_analysis_of_stored_runs() -> None:
    answers = [trend_of(as_activities(simulated(seed, change_bpm_per_30d=-3.0))) for seed in range(SEEDS)]
    trends = [each.trend for each in answers if each.trend]

    assert len(trends) == SEEDS
    assert 0.92 <= sum(each.ci95_low <= -3.0 <= each.ci95_high for each in trends) / SEEDS <= 0.98


# 2. Warming from 10 to 25 °C without a change of fitness: "worsening" in at most 5 % of the seeds.


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param({"in_window": 10, "earlier": 40}, id="with history"),
        pytest.param({"in_window": 40, "earlier": 0, "span_days": 120.0}, id="window alone"),
    ],
)
def test_2_warming_weather_is_not_called_worsening(runs: dict[str, Any]) -> None:
    fitted = fits(warming=True, **runs)

    assert len(fitted) == SEEDS
    assert claims(fitted)["worsening"] <= 0.05 * SEEDS
    assert Counter(judge(each).verdict for each in fitted)["worsening"] <= 0.05 * SEEDS


# 3. Slowing by 20 s/km over the window without a change of fitness: "improving" in at most 5 %.


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param({"in_window": 10, "earlier": 40}, id="with history"),
        pytest.param({"in_window": 40, "earlier": 0, "span_days": 120.0}, id="window alone"),
    ],
)
def test_3_slowing_down_is_not_called_improving(runs: dict[str, Any]) -> None:
    fitted = fits(slowing=True, **runs)

    assert len(fitted) == SEEDS
    assert claims(fitted)["improving"] <= 0.05 * SEEDS
    assert Counter(judge(each).verdict for each in fitted)["improving"] <= 0.05 * SEEDS


# 4. Three runs are not enough; ten runs alone never claim without an interval.


def test_4_three_runs_are_not_enough() -> None:
    answer = trend_of([run(1), run(5), run(9)])

    assert answer.verdict == "not_enough_data"
    assert answer.verdict_reason == "3 comparable runs in the window, 6 are needed"
    assert (answer.trend, answer.adjusted_mean_hr_bpm, answer.smallest_change_visible_bpm_per_30d) == (None,) * 3
    assert (answer.by_condition[0].n, answer.by_condition[0].mean_hr_bpm) == (3, 150.0)
    assert answer.needs == "about 18 comparable runs over 90 days would show a change of 4 bpm per 30 days"


def test_4_ten_runs_alone_claim_nothing_however_clear_they_look() -> None:
    for seed in range(20):
        alone = trend_of(as_activities(simulated(seed, in_window=10, earlier=0, change_bpm_per_30d=-30.0)))

        assert (alone.verdict, alone.trend) == ("not_enough_data", None)
        assert alone.by_condition[0].mean_hr_bpm is not None


def test_4_a_claim_has_an_interval_on_its_side_of_zero() -> None:
    truth: dict[str, Any] = {"change_bpm_per_30d": -12.0, "noise_bpm": 2.0}
    answers = [trend_of(as_activities(simulated(seed, **truth))) for seed in range(20)]
    claims = [each for each in answers if each.verdict in {"improving", "worsening"}]

    assert len(claims) > 10
    assert all(each.trend and each.trend.ci95_low < each.trend.ci95_high < 0 for each in claims)


# 5. Treadmill, no heart rate, manual, duplicate, race, intervals, short: excluded for the right reason.


def test_5_what_cannot_be_compared_is_left_out_with_its_reason() -> None:
    copied = max(FLAT, key=lambda each: each.start_date)
    unsteady = run(2.5, id="intervals")
    strange = {
        "indoor": run(1.5, id="treadmill", trainer=True, weather=None),
        "no_heartrate": run(2, id="no-heart-rate", average_heartrate=None),
        "manual": run(3, id="manual", manual=True),
        "duplicate": changed(copied, id="simulated-copy"),
        "race": run(3.5, id="race", workout_type=1),
        "intervals": unsteady,
        "too_short": run(4, id="short", moving_time=1199.0, distance=3300.0),
    }
    features = {"intervals": run_features(unsteady).model_copy(update={"speed_variation": 0.31})}

    answer = trend_of([*FLAT, *strange.values()], features=features)

    assert {each.id: each.reason for each in answer.excluded} == {one.id: reason for reason, one in strange.items()}
    assert answer.excluded_counts == dict.fromkeys(strange, 1)
    assert answer.trend == trend_of(FLAT).trend


def test_5_each_excluded_run_has_the_local_date_and_weekday_of_its_start() -> None:
    answer = trend_of([run(local="2026-06-14T00:10:00", manual=True)])

    assert answer.excluded[0].model_dump() == {
        "id": "run-20260613221000",
        "date": "2026-06-14",
        "weekday": "Sunday",
        "in_window": True,
        "reason": "manual",
    }


# 6. The unit preference changes no number in SI and no verdict.


def exported(activities: list[Activity]) -> bytes:
    """An `activities.csv` with these runs."""

    def row(number: int, each: Activity) -> dict[tuple[str, int], str]:
        assert each.weather is not None
        return {
            ("Activity ID", 1): str(number),
            ("Activity Date", 1): export_date(each.start_date),
            ("Activity Type", 1): "Run",
            ("Elapsed Time", 2): str(each.moving_time),
            ("Moving Time", 1): str(each.moving_time),
            ("Distance", 2): str(each.distance),
            ("Average Heart Rate", 1): str(each.average_heartrate),
            ("Filename", 1): f"activities/{number}.fit.gz",
            ("Weather Temperature", 1): str(each.weather.temperature_c),
        }

    return export_file(row(number, each) for number, each in enumerate(activities, start=1))


async def test_6_the_unit_preference_changes_no_number_and_no_verdict(api: ApiClient) -> None:
    falling = as_activities(simulated(1, in_window=20, change_bpm_per_30d=-12.0, noise_bpm=2.0))
    await upload(api, exported(falling), "activities.csv", home_timezone="Europe/Berlin")
    in_metres = (await api.get("/heart-rate-trend")).json()

    changed_profile = await api.send("PATCH", "/athlete", json={"measurement_preference": "feet"})
    in_feet = (await api.get("/heart-rate-trend")).json()

    assert changed_profile.json()["measurement_preference"] == "feet"
    assert in_metres["verdict"] == "improving"
    assert in_feet == in_metres


# 7. Window edge at 23:30 local, a DST day, a run in another zone: counted on the local date.


def file_at(utc: str, *, offset_h: int = 2) -> bytes:
    """A run that a device began at this instant, its clock that many hours ahead of UTC."""
    start = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    workout: Workout = steady(seconds=1500, step_s=60, lat=None, start=start, utc_offset_s=offset_h * 3600)
    return fit_file(workout)


async def runs_counted(api: ApiClient, text: str, files: dict[str, bytes]) -> tuple[int, int]:
    """Runs of the window, and runs of the days before it."""
    for name, content in files.items():
        report = (await upload(api, content, name, home_timezone="Europe/Berlin")).json()
        assert report["imported"] == 1, name
    coverage = (await api.get("/heart-rate-trend", window=text, history_days=5)).json()["coverage"]
    return coverage["runs"], coverage["history_runs"]


async def test_7_a_run_at_half_past_eleven_at_night_counts_on_that_day(api: ApiClient) -> None:
    files = {
        "first evening.fit": file_at("2026-05-31T21:30:00"),  # 23:30 on the day before
        "first night.fit": file_at("2026-05-31T22:30:00"),  # 00:30 on the first day
        "last evening.fit": file_at("2026-06-10T21:30:00"),  # 23:30 on the last day
        "night after.fit": file_at("2026-06-10T22:30:00"),  # 00:30 on the day after
    }

    assert await runs_counted(api, "2026-06-01/2026-06-11", files) == (2, 1)


async def test_7_the_day_that_loses_an_hour_begins_and_ends_at_its_own_midnights(api: ApiClient) -> None:
    files = {
        "evening before.fit": file_at("2026-03-28T22:30:00", offset_h=1),
        "first hour.fit": file_at("2026-03-28T23:30:00", offset_h=1),
        "after the change.fit": file_at("2026-03-29T01:10:00"),
        "last hour.fit": file_at("2026-03-29T21:30:00"),
        "next day.fit": file_at("2026-03-29T22:30:00"),
    }

    assert await runs_counted(api, "2026-03-29", files) == (3, 1)


async def test_7_a_run_in_another_zone_counts_on_the_date_over_there(api: ApiClient) -> None:
    files = {
        "home.fit": file_at("2026-06-05T12:00:00"),
        "Honolulu, 10th.fit": file_at("2026-06-11T09:30:00", offset_h=-10),  # 23:30 on the last day
        "Honolulu, 11th.fit": file_at("2026-06-11T10:30:00", offset_h=-10),
        "Kiritimati, 1st.fit": file_at("2026-05-31T10:30:00", offset_h=14),  # 00:30 on the first day
        "Kiritimati, 31st.fit": file_at("2026-05-31T09:30:00", offset_h=14),
    }

    assert await runs_counted(api, "2026-06-01/2026-06-11", files) == (3, 1)


# 8. A condition with no run: said, and the nearest one offered.


def test_8_a_condition_without_runs_says_so_and_offers_the_nearest() -> None:
    answer = trend_of([run(1), run(2), run(3, weather=weather(apparent_temperature_c=17.0))], condition="hot")

    assert answer.verdict == "not_enough_data"
    assert answer.verdict_reason == "in condition hot: 0 comparable runs in the window, 6 are needed"
    assert answer.nearest_condition is not None
    assert answer.nearest_condition.model_dump() == {"condition": "mild", "n": 1}
    row = next(row for row in answer.by_condition if row.condition == "hot")
    assert (row.n, row.mean_hr_bpm, row.sd_bpm, row.mean_pace_s_per_km, row.mean_temperature_c) == (0, *[None] * 4)


# 9. One outlier that flips the sign: the verdict is downgraded.


def test_9_one_run_that_turns_a_rise_into_a_fall_downgrades_the_verdict() -> None:
    rising = as_activities(simulated(10, in_window=12, change_bpm_per_30d=1.5, noise_bpm=1.0))
    last = max(rising, key=lambda each: each.start_date)
    assert last.average_heartrate is not None
    others = [each for each in rising if each is not last]

    without = trend_of(others).trend
    answer = trend_of([*others, changed(last, average_heartrate=last.average_heartrate - 12)])

    assert without is not None
    assert without.bpm_per_30d > 1
    assert answer.trend is not None
    assert answer.trend.ci95_high < 0
    assert answer.verdict == "no_detectable_change"
    assert answer.stability is not None
    assert not answer.stability.leave_one_out_agrees
    assert "the interval alone would say improving, but that depends on one run" in answer.verdict_reason


# 10. A constant on every heart rate changes no slope; the order of the runs changes nothing.


def test_10_a_constant_on_every_heart_rate_changes_no_slope() -> None:
    raised = [changed(each, average_heartrate=(each.average_heartrate or 0) + 7.0) for each in FLAT]
    before, after = trend_of(FLAT), trend_of(raised)

    assert before.trend is not None
    assert after.trend is not None
    for name in ("bpm_per_30d", "ci95_low", "ci95_high", "heat_bpm_per_c", "speed_bpm_per_mps", "residual_sd_bpm"):
        assert getattr(after.trend, name) == pytest.approx(getattr(before.trend, name), abs=1e-9), name
    assert after.verdict == before.verdict
    assert before.adjusted_mean_hr_bpm is not None
    assert after.adjusted_mean_hr_bpm is not None
    assert after.adjusted_mean_hr_bpm.bpm == pytest.approx(before.adjusted_mean_hr_bpm.bpm + 7.0, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_10_the_order_of_the_runs_changes_nothing(seed: int) -> None:
    strange = [run(3, manual=True), run(3, id="copy"), run(40, weather=None)]
    everything = [*FLAT, *strange]
    shuffled = [everything[at] for at in np.random.default_rng(seed).permutation(len(everything))]

    assert trend_of(shuffled) == trend_of(everything)


# 11. Null or zero heart rate and missing weather are never treated as 0.


def test_11_a_heart_rate_of_null_or_zero_and_missing_weather_enter_no_number() -> None:
    missing = [
        run(1.5, id="null", average_heartrate=None),
        run(2, id="zero", average_heartrate=0.0, time_weighted_heartrate=0.0),
        run(3, id="no weather", weather=None),
        run(4, id="no temperature", weather=weather(temperature_c=None, apparent_temperature_c=None)),
    ]
    plain, answer = trend_of(FLAT), trend_of([*FLAT, *missing])

    assert {each.id: each.reason for each in answer.excluded} == {
        "null": "no_heartrate",
        "zero": "no_heartrate",
        "no weather": "no_weather",
        "no temperature": "no_weather",
    }
    assert (answer.trend, answer.by_condition) == (plain.trend, plain.by_condition)
    assert answer.adjusted_mean_hr_bpm == plain.adjusted_mean_hr_bpm
    coverage = answer.coverage
    assert (coverage.runs, coverage.with_heartrate, coverage.with_weather, coverage.comparable) == (16, 14, 15, 12)


def test_11_a_row_with_nulls_is_read_like_one_that_leaves_them_out() -> None:
    rows = rows_of(FLAT)
    for row in rows:
        row["activity"] |= {"workout_type": None, "time_weighted_heartrate": None}
        row["activity"]["weather"] |= {"dew_point_c": None, "wind_speed_mps": None}
        row["features"] |= {"speed_variation": None, "sustained_max_bpm": None, "heartrate_coverage": None}

    with_nulls: HeartRateTrend = analyze_heart_rate_trend(rows, window=window())

    assert with_nulls == trend_of(FLAT)
