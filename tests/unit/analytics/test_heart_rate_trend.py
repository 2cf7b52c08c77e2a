from typing import Any

import numpy as np
import pytest

from apis.activities.analytics.errors import AnalyticsError, BandUnknown, SportNotAnalysed
from apis.activities.analytics.heart_rate_trend import analyze_heart_rate_trend
from apis.activities.analytics.run_features import run_features
from apis.activities.analytics.trend_report import HeartRateTrend
from apis.activities.models import Activity, Weather
from tests.support.runs import as_activities, run, simulated, weather, window


def trend_of(activities: list[Activity], **options: Any) -> HeartRateTrend:
    return analyze_heart_rate_trend(activities, window=options.pop("window", window()), **options)


def wetted(activities: list[Activity], every: int) -> list[Activity]:
    rain = {"precipitation_mm_per_h": 1.0}
    return [
        each.model_copy(update={"weather": each.weather.model_copy(update=rain)})
        if each.weather and number % every == 0
        else each
        for number, each in enumerate(activities)
    ]


def moved(activity: Activity, **values: Any) -> Activity:
    return activity.model_copy(update=values)


FALLING = as_activities(simulated(1, in_window=20, change_bpm_per_30d=-12.0, noise_bpm=2.0))
FLAT = as_activities(simulated(2, in_window=12, noise_bpm=2.5))


def test_a_clear_fall_is_improving_with_its_interval() -> None:
    answer = trend_of(FALLING)

    assert answer.verdict == "improving"
    assert answer.trend is not None
    assert answer.trend.ci95_low < -12 < answer.trend.ci95_high < 0
    assert (answer.trend.n, answer.trend.n_window) == (59, 20)  # one is too short
    assert answer.trend.terms == ("change", "speed", "heat", "earlier_change", "duration")
    assert answer.stability is not None
    assert answer.stability.note is None


def test_a_clear_rise_is_worsening() -> None:
    assert trend_of(as_activities(simulated(1, in_window=20, change_bpm_per_30d=14.0))).verdict == "worsening"


def test_no_change_says_the_smallest_change_that_could_have_been_seen() -> None:
    answer = trend_of(FLAT)

    assert answer.verdict == "no_detectable_change"
    assert answer.trend is not None
    assert answer.smallest_change_visible_bpm_per_30d is not None
    half_width = (answer.trend.ci95_high - answer.trend.ci95_low) / 2
    assert answer.smallest_change_visible_bpm_per_30d == pytest.approx(half_width)
    assert f"smaller than {half_width:.1f} bpm" in answer.verdict_reason
    assert answer.needs is not None
    assert "comparable runs over" in answer.needs


def test_the_adjusted_mean_is_given_at_the_reference_that_was_asked_for() -> None:
    slow, fast = (trend_of(FLAT, reference_pace_s_per_km=pace).adjusted_mean_hr_bpm for pace in (360.0, 320.0))

    assert slow is not None
    assert fast is not None
    assert slow.reference_pace_s_per_km == pytest.approx(360.0)
    assert slow.reference_temperature_c == 15.0
    assert slow.ci95_low < slow.bpm < slow.ci95_high
    assert fast.bpm - slow.bpm == pytest.approx(22 * (1000 / 320 - 1000 / 360), abs=3.5)


def test_three_runs_are_not_enough() -> None:
    answer = trend_of([run(1), run(5), run(9)])

    assert answer.verdict == "not_enough_data"
    assert answer.verdict_reason == "3 comparable runs in the window, 6 are needed"
    assert answer.trend is None
    assert answer.smallest_change_visible_bpm_per_30d is None
    assert answer.by_condition[0].n == 3


def test_no_activity_at_all_is_not_enough() -> None:
    answer = trend_of([])

    assert answer.verdict == "not_enough_data"
    assert answer.coverage.runs == 0


def test_ten_runs_alone_never_claim_without_an_interval() -> None:
    for seed in range(20):
        alone = trend_of(as_activities(simulated(seed, in_window=10, earlier=0, change_bpm_per_30d=-30)))
        assert alone.trend is not None or alone.verdict == "not_enough_data"


def test_terms_are_dropped_in_order_and_named_but_never_the_speed() -> None:
    few = trend_of(as_activities(simulated(3, in_window=8, earlier=13)))
    fewer = trend_of(as_activities(simulated(3, in_window=8, earlier=10)))

    assert few.trend is not None
    assert [each.term for each in few.trend.dropped_terms] == ["duration"]
    assert fewer.trend is not None
    assert [each.term for each in fewer.trend.dropped_terms] == ["duration", "earlier_change"]
    assert fewer.trend.terms == ("change", "speed", "heat")
    assert trend_of(as_activities(simulated(3, in_window=8, earlier=8))).verdict == "not_enough_data"


def test_heat_is_dropped_only_where_it_hardly_varies() -> None:
    cool = [
        moved(each, weather=weather(temperature_c=16.0 + number % 4))
        for number, each in enumerate(as_activities(simulated(3, in_window=8, earlier=8)))
    ]

    answer = trend_of(cool)

    assert answer.trend is not None
    assert answer.trend.terms == ("change", "speed")
    assert answer.trend.heat_bpm_per_c is None
    assert answer.adjusted_mean_hr_bpm is not None
    assert answer.adjusted_mean_hr_bpm.reference_temperature_c is None


def test_runs_at_one_single_pace_cannot_be_separated() -> None:
    same_pace = [moved(each, distance=each.moving_time * 3.0) for each in FLAT]

    answer = trend_of(same_pace)

    assert answer.verdict == "not_enough_data"
    assert "do not differ in pace" in answer.verdict_reason


def with_false_heat(activities: list[Activity], bpm_per_c: float) -> list[Activity]:
    def heated(each: Activity) -> Activity:
        temperature = each.weather.temperature_c if each.weather else None
        assert temperature is not None
        assert each.average_heartrate is not None
        return moved(each, average_heartrate=each.average_heartrate + bpm_per_c * max(temperature - 15, 0))

    return [heated(each) for each in activities]


def test_an_implausible_heat_effect_is_not_adjusted_for_and_allows_no_claim() -> None:
    # The window warms from 10 to 25 °C while heart rate falls with heat: nobody's body does that.
    table = simulated(4, in_window=20, earlier=40, change_bpm_per_30d=-25.0, noise_bpm=1.0, warming=True)
    cold_history = as_activities(table)
    earlier_dates = window().start
    activities = [
        moved(each, weather=weather(temperature_c=5.0 + number % 7))
        if each.start_date_local.date() < earlier_dates
        else each
        for number, each in enumerate(with_false_heat(cold_history, -3.0))
    ]

    answer = trend_of(activities)

    assert answer.warnings
    assert "outside the plausible -0.5 to 3" in answer.warnings[0]
    assert answer.trend is not None
    assert answer.trend.ci95_high < 0
    assert "heat" not in answer.trend.terms
    assert answer.verdict == "no_detectable_change"


def test_one_outlier_that_makes_the_trend_downgrades_the_verdict() -> None:
    activities = as_activities(simulated(11, in_window=12, change_bpm_per_30d=0.0, noise_bpm=1.0))
    last = max(activities, key=lambda each: each.start_date)
    assert last.average_heartrate is not None
    activities = [
        moved(each, average_heartrate=last.average_heartrate - 11) if each is last else each for each in activities
    ]

    answer = trend_of(activities)

    assert answer.trend is not None
    assert answer.trend.ci95_high < 0
    assert answer.verdict == "no_detectable_change"
    assert answer.stability is not None
    assert not answer.stability.leave_one_out_agrees
    assert "depends on one run" in answer.verdict_reason


def test_adding_a_constant_to_every_heart_rate_changes_no_slope() -> None:
    raised = [moved(each, average_heartrate=(each.average_heartrate or 0) + 7.0) for each in FLAT]
    before, after = trend_of(FLAT), trend_of(raised)

    assert before.trend is not None
    assert after.trend is not None
    assert after.trend.bpm_per_30d == pytest.approx(before.trend.bpm_per_30d, abs=1e-9)
    assert after.trend.ci95_high == pytest.approx(before.trend.ci95_high, abs=1e-9)
    assert after.verdict == before.verdict
    assert before.adjusted_mean_hr_bpm is not None
    assert after.adjusted_mean_hr_bpm is not None
    assert after.adjusted_mean_hr_bpm.bpm == pytest.approx(before.adjusted_mean_hr_bpm.bpm + 7.0)


def test_the_order_of_the_activities_changes_nothing() -> None:
    shuffled = [FLAT[at] for at in np.random.default_rng(0).permutation(len(FLAT))]

    assert trend_of(shuffled) == trend_of(FLAT)


def test_excluded_runs_are_listed_newest_first_and_change_no_number() -> None:
    strange = [run(3, manual=True), run(2, weather=None), run(40, average_heartrate=0.0)]

    answer = trend_of([*FLAT, *strange])

    assert [(each.reason, each.in_window) for each in answer.excluded] == [
        ("no_weather", True),
        ("manual", True),
        ("no_heartrate", False),
    ]
    assert answer.excluded_counts == {"no_weather": 1, "manual": 1, "no_heartrate": 1}
    assert answer.trend == trend_of(FLAT).trend
    assert answer.coverage.runs == 14
    assert answer.coverage.with_weather == 13


def test_a_ride_is_no_run_and_a_trail_run_is_another_sport() -> None:
    answer = trend_of([*FLAT, run(3, sport_type="Ride"), run(4, sport_type="TrailRun")])

    assert answer.excluded_counts == {"other_sport": 1}


def test_features_from_samples_are_used_where_there_are_any() -> None:
    steep = run(1, id="steep", average_heartrate=190.0, total_elevation_gain=500.0)
    known = run_features(steep).model_copy(update={"heartrate_bpm": 140.0, "grade_adjusted": True})

    answer = trend_of([steep], features={"steep": known})

    assert answer.by_condition[0].mean_hr_bpm == 140.0
    assert answer.coverage.grade_adjusted == 1


def test_a_run_counts_on_the_local_date_of_its_start() -> None:
    first_day = window().start
    inside, before = run(local=f"{first_day}T00:30:00"), run(local="2026-05-31T23:30:00")
    in_honolulu = run(local=f"{first_day}T23:30:00", timezone="Pacific/Honolulu")

    answer = trend_of([inside, before, in_honolulu])

    assert first_day.isoformat() == "2026-06-01"
    assert (answer.coverage.runs, answer.coverage.history_runs) == (2, 1)
    assert inside.start_date.date() < first_day


def test_a_condition_chooses_the_runs_of_the_window_and_keeps_all_of_the_history() -> None:
    activities = wetted(as_activities(simulated(6, in_window=24, change_bpm_per_30d=0.0)), every=2)

    answer = trend_of(activities, condition="wet")

    assert answer.trend is not None
    assert (answer.trend.n, answer.trend.n_window) == (52, 12)
    assert "other_condition" in answer.trend.terms
    rows = {row.condition: row.n for row in answer.by_condition}
    assert (rows["all"], rows["wet"], rows["dry"]) == (24, 12, 12)
    assert answer.all_conditions is not None
    assert answer.all_conditions.trend == trend_of(activities).trend


def test_a_plain_difference_between_conditions_is_no_change() -> None:
    # Rain costs 8 bpm, always: a window of rainy runs after a mixed history must not look like a rise.
    verdicts = []
    for seed in range(20):
        activities = [
            moved(each, average_heartrate=(each.average_heartrate or 0) + 8)
            if each.weather and each.weather.precipitation_mm_per_h
            else each
            for each in wetted(as_activities(simulated(seed, in_window=24)), every=2)
        ]
        verdicts.append(trend_of(activities, condition="wet").verdict)

    assert verdicts.count("no_detectable_change") >= 18


def test_a_condition_without_runs_says_so_and_offers_the_nearest() -> None:
    answer = trend_of([run(1), run(2), run(3, weather=weather(apparent_temperature_c=17.0))], condition="hot")

    assert answer.verdict == "not_enough_data"
    assert answer.verdict_reason == "in condition hot: 0 comparable runs in the window, 6 are needed"
    assert answer.nearest_condition is not None
    assert answer.nearest_condition.model_dump() == {"condition": "mild", "n": 1}
    row = next(row for row in answer.by_condition if row.condition == "hot")
    assert (row.n, row.mean_hr_bpm) == (0, None)


def test_means_per_condition_are_plain_and_marked_so() -> None:
    wet: Weather = weather(precipitation_mm_per_h=2.0, temperature_c=8.0)
    runs = [run(1, average_heartrate=150.0), run(2, average_heartrate=154.0, weather=wet)]

    rows = {row.condition: row for row in trend_of(runs).by_condition}

    assert rows["all"].mean_hr_bpm == 152.0
    assert rows["all"].sd_bpm == pytest.approx(np.sqrt(8))
    assert (rows["wet"].mean_hr_bpm, rows["wet"].sd_bpm, rows["wet"].mean_temperature_c) == (154.0, None, 8.0)
    assert rows["all"].unadjusted is True


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"condition": "rainy"}, BandUnknown, "did you mean wet"),
        ({"sport_type": "Ride"}, SportNotAnalysed, "Run, TrailRun, VirtualRun"),
        ({"history_days": -1}, AnalyticsError, "history_days"),
        ({"reference_pace_s_per_km": 30.0}, AnalyticsError, "reference_pace_s_per_km"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        trend_of([], **options)
