from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from apis.activities.analytics.errors import AnalyticsError, BandUnknown, SportNotAnalysed
from apis.activities.analytics.run_features import RunFeatures, run_features
from apis.activities.models import Activity, Weather
from tests.support.runs import as_activities, run, simulated, trend_of, weather, window


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


def test_no_activity_at_all_is_not_enough() -> None:
    answer = trend_of([])

    assert answer.verdict == "not_enough_data"
    assert answer.coverage.runs == 0


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


def test_sixty_excluded_runs_are_listed_and_all_are_counted() -> None:
    answer = trend_of([run(number / 5, id=f"manual-{number:03}", manual=True) for number in range(140)])

    assert [each.id for each in answer.excluded] == [f"manual-{number:03}" for number in range(60)]
    assert answer.excluded_counts == {"manual": 140}


def test_virtual_runs_are_analysed_without_heat_and_that_is_said() -> None:
    indoors = [
        moved(each, sport_type="VirtualRun", trainer=True, weather=None)
        for each in as_activities(simulated(1, in_window=20, change_bpm_per_30d=-12.0, noise_bpm=2.0))
    ]

    answer = trend_of(indoors, sport_type="VirtualRun")

    assert answer.trend is not None
    assert answer.trend.terms == ("change", "speed", "earlier_change", "duration")
    assert [each.model_dump() for each in answer.trend.dropped_terms] == [
        {"term": "heat", "reason": "indoor runs have no weather"}
    ]
    assert "indoor runs have no weather: heat is not adjusted for" in answer.warnings
    assert answer.verdict == "improving"
    assert trend_of(indoors).excluded_counts == {"other_sport": 60}


def test_temperatures_of_the_device_are_used_and_warned_of() -> None:
    assert FLAT[0].weather is not None
    felt = [moved(each, weather=moved_weather(each, source="device_sensor")) for each in FLAT[:5]]

    answer = trend_of([*felt, *FLAT[5:]])

    assert answer.trend == trend_of(FLAT).trend
    assert [each for each in answer.warnings if "device" in each] == [
        (
            "5 of 52 temperatures were measured by the device itself, which the body and the sun warm: "
            "the effect of heat is less certain"
        )
    ]
    assert not [each for each in trend_of(FLAT).warnings if "device" in each]


def moved_weather(activity: Activity, **values: Any) -> Weather:
    assert activity.weather is not None
    return activity.weather.model_copy(update=values)


def test_a_run_with_an_impossible_heart_rate_is_left_out_and_never_diagnosed() -> None:
    known = run_features(run(2, id="spike")).model_copy(update={"sustained_max_bpm": 201.0})
    runs = [*FLAT, run(2, id="spike")]

    answer = trend_of(runs, features={"spike": known}, max_heartrate_bpm=190)

    assert [(each.id, each.reason) for each in answer.excluded] == [("spike", "hr_out_of_range")]
    assert (
        "1 run with a heart rate out of range left out: may be a sensor error; with symptoms, see a doctor"
        in answer.warnings
    )
    assert answer.params.max_heartrate_bpm == 190
    assert trend_of(runs, features={"spike": known}).excluded == ()


def sampled(runs: list[Activity], *, since: date, higher_bpm: float = 2.0) -> dict[str, RunFeatures]:
    """Features of the runs since a day as samples give them: without the first minutes a heart rate is higher."""
    return {
        each.id: run_features(each).model_copy(
            update={"source": "streams", "heartrate_bpm": (each.average_heartrate or 0) + higher_bpm}
        )
        for each in runs
        if each.start_date_local.date() >= since
    }


@pytest.mark.parametrize("days_later", [0, 15, -20], ids=["at the window", "within it", "before it"])
def test_runs_that_were_measured_otherwise_are_all_compared_by_their_averages(days_later: int) -> None:
    mixed = trend_of(FLAT, features=sampled(FLAT, since=window().start + timedelta(days=days_later)))

    assert mixed.params.basis == "averages"
    assert mixed.trend == trend_of(FLAT).trend
    assert len([each for each in mixed.warnings if "whole-run averages" in each]) == 1


def test_the_warning_says_how_many_runs_have_samples() -> None:
    mixed = trend_of(FLAT, features=sampled(FLAT, since=window().start))

    assert mixed.warnings == (
        (
            "12 of 12 runs of the window and 0 of 40 before it have samples, so all of them are compared by whole-run "
            "averages, not adjusted for hills"
        ),
    )


@pytest.mark.parametrize("since", [date.min, date.max], ids=["all", "none"])
def test_runs_that_were_measured_alike_are_compared_by_what_they_have(since: date) -> None:
    answer = trend_of(FLAT, features=sampled(FLAT, since=since))

    assert (answer.params.basis, answer.warnings) == ("samples", ())
    assert answer.by_condition[0].mean_hr_bpm == pytest.approx(
        (trend_of(FLAT).by_condition[0].mean_hr_bpm or 0) + (2.0 if since == date.min else 0.0)
    )


def test_hilly_runs_are_left_out_where_averages_are_compared() -> None:
    hilly = run(3, id="hilly", total_elevation_gain=300.0)
    features = sampled([*FLAT, hilly], since=window().start)
    features["hilly"] = features["hilly"].model_copy(update={"grade_adjusted": True})

    mixed = trend_of([*FLAT, hilly], features=features)

    assert [(each.id, each.reason) for each in mixed.excluded] == [("hilly", "too_hilly")]


def test_the_answer_states_what_its_numbers_depend_on() -> None:
    params = trend_of(FLAT, history_days=120).params

    assert (params.history_days, params.reference_temperature_c, params.confidence) == (120, 15.0, 0.95)
    assert params.limits["shortest_s"] == 1200.0


def test_the_reference_pace_is_the_median_pace_of_the_compared_runs() -> None:
    answer = trend_of(FLAT)

    assert answer.adjusted_mean_hr_bpm is not None
    assert answer.adjusted_mean_hr_bpm.reference_pace_s_per_km == pytest.approx(
        np.median([1000 * each.moving_time / (each.distance or 0) for each in FLAT])
    )


@pytest.mark.parametrize(
    ("temperatures", "asked_for", "nearest"),
    [
        pytest.param([3.0, 17.0, 17.0], "cool", {"condition": "mild", "n": 2}, id="of two neighbours the fuller one"),
        pytest.param([3.0, 3.0, 22.0], "cool", {"condition": "cold", "n": 2}, id="the fuller one below"),
        pytest.param([3.0], "hot", {"condition": "cold", "n": 1}, id="far away"),
        pytest.param([12.0], "windy", {"condition": "dry", "n": 1}, id="no temperature band"),
        pytest.param([], "wet", None, id="no run at all"),
    ],
)
def test_the_nearest_condition_has_runs(temperatures: list[float], asked_for: str, nearest: dict[str, Any]) -> None:
    runs = [run(day, weather=weather(apparent_temperature_c=felt)) for day, felt in enumerate(temperatures, start=1)]
    found = trend_of(runs, condition=asked_for).nearest_condition

    assert (found.model_dump() if found else None) == nearest


def test_a_condition_with_runs_needs_no_other_one() -> None:
    assert trend_of([run(1)], condition="cool").nearest_condition is None
