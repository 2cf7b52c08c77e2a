import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apis.activities.analytics.athlete_settings import AthleteSettings, settings_on
from apis.activities.analytics.load_rows import LoadRow
from apis.activities.analytics.stream_findings import StreamFindings
from apis.activities.analytics.training_load_answer import TrainingLoadReport
from apis.activities.analytics.training_load_report import HISTORY_DAYS, history_start, report_training_load
from apis.activities.athlete import AthleteProfile
from tests.support.runs import run, window

TODAY = date(2026, 6, 30)  # a Tuesday, the last day of `window()`
HOUR_AT_170 = {170: 3600.0}
KNOWN = {"max_heartrate_bpm": 190, "resting_heartrate_bpm": 50, "lthr_bpm": 170, "sex": "M"}


def settings(**profile: Any) -> AthleteSettings:
    return settings_on(AthleteProfile(**{**KNOWN, **profile}), None, TODAY)


def row(days_ago: int, **values: Any) -> LoadRow:
    """An hour's run of 10 km at threshold, which is an hrTSS of 100."""
    day = TODAY - timedelta(days=days_ago)
    plain: dict[str, Any] = {
        "id": f"run-{day.isoformat()}",
        "local_date": day,
        "weekday": f"{day:%A}",
        "sport_type": "Run",
        "moving_time_s": 3600.0,
        "histogram": HOUR_AT_170,
        "distance_m": 10_000.0,
    }
    return LoadRow(**{**plain, **values})


def report(
    rows: Sequence[LoadRow], text: str = "last_30_days", *, today: date = TODAY, **profile: Any
) -> TrainingLoadReport:
    return report_training_load(rows, window(text), settings(**profile), today=today)


def daily(days: int, **values: Any) -> list[LoadRow]:
    return [row(days_ago, **values) for days_ago in range(days)]


def test_a_hundred_a_day_for_six_weeks_is_the_published_fitness() -> None:
    found = report(daily(42))
    assert found.method == "hrTSS"
    assert found.form is not None
    assert (found.form.date, found.form.weekday) == ("2026-06-30", "Tuesday")
    assert found.form.ctl == pytest.approx(63.65, abs=0.005)
    assert found.total.load == pytest.approx(3000)
    assert (found.params.seed, found.params.first_day, found.params.days_of_history) == (0.0, "2026-05-20", 42)


def test_ramp_is_the_change_of_fitness_in_a_week() -> None:
    eight, seven = report(daily(8)).form, report(daily(7)).form
    assert eight is not None
    assert eight.ramp_ctl_per_7d == pytest.approx(eight.ctl - 100 / 42)
    assert seven is not None
    assert seven.ramp_ctl_per_7d is None


def test_without_a_threshold_the_unit_is_trimp_and_the_form_alert_is_off() -> None:
    found = report(daily(60), lthr_bpm=None)
    assert found.method == "TRIMP"
    assert found.total.load == pytest.approx(30 * 60 * (6 / 7) * 0.64 * 2.718281828 ** (1.92 * 6 / 7))
    assert any("the form alert is off" in note for note in found.notes)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"sex": None}, "load from heart rate needs what the profile does not say: sex"),
        ({"sex": None, "lthr_bpm": None}, "load from heart rate needs what the profile does not say: sex"),
        ({"max_heartrate_bpm": None}, "load from heart rate needs what the profile does not say: maximal heart rate"),
        (
            {"resting_heartrate_bpm": None, "sex": None},
            "load from heart rate needs what the profile does not say: resting heart rate and sex",
        ),
    ],
)
def test_without_the_inputs_there_is_no_load_and_the_reason_names_them(profile: dict[str, Any], reason: str) -> None:
    found = report(daily(60), **profile)
    assert (found.method, found.method_reason) == (None, reason)
    assert (found.total.load, found.form, found.weeks, found.variation, found.workload_ratio) == (
        None,
        None,
        (),
        None,
        None,
    )
    assert found.coverage.without == {"no_method": 30}
    assert found.spike_rule.checked == 30  # distances need no heart rate
    assert found.alerts == ()


def test_a_drug_that_limits_the_heart_rate_leaves_no_load_and_no_distribution() -> None:
    found = report(daily(60), limits_heart_rate=True)
    assert found.method is None
    assert "drug" in (found.method_reason or "")
    assert "drug" in (found.intensity.reason or "")
    assert found.intensity.shares is None


def test_an_activity_without_a_heart_rate_has_an_unknown_load_and_not_none_at_all() -> None:
    found = report([row(0), row(1, histogram=None), row(2, histogram={})])
    assert found.total.load == pytest.approx(100)
    assert found.coverage.model_dump() == {
        "activities": 3,
        "with_load": 1,
        "from_averages": 0,
        "partly_covered": 0,
        "without": {"no_heartrate": 2},
    }
    assert "2 activities since 2026-06-28 have an unknown load: every sum here reads low" in found.notes


def test_when_no_activity_has_a_load_the_total_is_null_and_not_zero() -> None:
    found = report([row(0, histogram=None)])
    assert (found.total.load, found.total.activities, found.form) == (None, 1, None)


def test_a_week_of_unknown_loads_has_none_and_a_week_of_rest_has_zero() -> None:
    found = report([row(16), row(10, histogram=None), row(9, histogram=None)])
    assert [(each.load, each.activities, each.without_load) for each in found.weeks] == [
        (100.0, 1, 0),
        (None, 2, 2),
        (0.0, 0, 0),
        (0.0, 0, 0),
    ]


def test_a_load_of_a_mean_is_counted_and_said_to_read_low() -> None:
    uneven = {130: 1800.0, 170: 1800.0}
    of_samples = report([row(0, histogram=uneven)])
    of_mean = report([row(0, histogram=None, average_heartrate_bpm=150.0, heartrate_time_s=3600.0)])
    assert of_mean.total.load is not None
    assert of_samples.total.load is not None
    assert of_mean.total.load < of_samples.total.load
    assert (of_mean.coverage.from_averages, of_samples.coverage.from_averages) == (1, 0)
    assert "loads from a mean heart rate read low, because the weighting is convex" in of_mean.notes
    assert not any("mean" in note for note in of_samples.notes)


def test_a_heart_rate_for_less_than_four_fifths_of_the_time_is_partly_covered() -> None:
    assert report([row(0, histogram={170: 2879.0})]).coverage.partly_covered == 1
    assert report([row(0, histogram={170: 2880.0})]).coverage.partly_covered == 0


def test_the_days_after_today_are_not_rest_days() -> None:
    midmonth = report(daily(15), "2026-06", today=date(2026, 6, 30))
    early = report([row(days_ago) for days_ago in range(15, 30)], "2026-06", today=date(2026, 6, 15))
    assert midmonth.form is not None
    assert early.form is not None
    assert [early.form.date, early.form.ctl] == ["2026-06-15", pytest.approx(midmonth.form.ctl)]


def test_history_before_the_window_reaches_fitness_but_not_the_total() -> None:
    found = report([row(40), row(0)], "last_7_days")
    assert found.total.load == pytest.approx(100)
    assert found.form is not None
    assert found.form.ctl == pytest.approx(100 / 42 * (1 - 1 / 42) ** 40 + 100 / 42)
    assert found.coverage.activities == 1


def test_what_is_older_than_a_year_before_the_window_is_not_looked_at() -> None:
    assert history_start(window("last_30_days")) == date(2026, 6, 1) - timedelta(days=HISTORY_DAYS)
    assert report([row(30 + HISTORY_DAYS), row(0)]).params.days_of_history == 1
    assert report([row(29 + HISTORY_DAYS), row(0)]).params.days_of_history == 30 + HISTORY_DAYS


def test_weeks_begin_on_monday_and_add_up() -> None:
    found = report(daily(60), "last_30_days")
    assert [each.week_start for each in found.weeks] == [
        "2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29",
    ]  # fmt: skip
    assert [each.activities for each in found.weeks] == [7, 7, 7, 7, 2]
    assert found.form is not None
    assert (found.weeks[-1].ctl, found.weeks[-1].tsb) == (found.form.ctl, found.form.tsb)


def test_a_year_and_a_week_of_weeks_is_the_most() -> None:
    rows = [row(days_ago) for days_ago in range(0, 800, 4)]
    assert [len(report(rows, text).weeks) for text in ("2025-06-30/2026-07-01", "2024-07-01/2026-07-01")] == [53, 53]
    assert report(rows, "2025-06-30/2026-07-01").weeks_left_out == 0
    assert report(rows, "2024-07-01/2026-07-01").weeks_left_out == 52


def hardening(**values: Any) -> list[LoadRow]:
    """Two easy months, then ten days of three hours at threshold: form falls far below -25."""
    return [row(days_ago, histogram={150: 1800.0}) for days_ago in range(10, 70)] + [
        row(days_ago, histogram={170: 3 * 3600.0}, **values) for days_ago in range(10)
    ]


def test_low_form_is_an_alert_in_units_of_threshold_hours_alone() -> None:
    assert [each.kind for each in report(hardening()).alerts] == ["form"]
    assert report(hardening(), lthr_bpm=None).alerts == ()


def test_low_form_on_the_seed_alone_is_no_alert() -> None:
    def since(days: int) -> TrainingLoadReport:
        return report([each for each in hardening() if (TODAY - each.local_date).days < days])

    assert [each.kind for each in since(42).alerts] == ["form"]
    assert since(41).alerts == ()


def test_spikes_of_runs_are_alerts_and_long_rides_are_none() -> None:
    rows = [row(70), row(45), row(20), row(3, distance_m=13_300.0), row(1, sport_type="Ride", distance_m=90_000.0)]
    (alert,) = report(rows).alerts
    assert (alert.kind, alert.date, alert.hazard_ratio) == ("single_run_spike", "2026-06-27", 1.52)
    assert report(rows).spike_rule.checked == 2


def test_the_newest_ten_alerts_are_told_and_the_others_counted() -> None:
    growing = [row(70, distance_m=1000.0)] + [row(30 - n, distance_m=2000.0 * 1.2**n) for n in range(15)]
    found = report([row(40, distance_m=1500.0), *growing], "last_60_days")
    assert (len(found.alerts), found.alerts_left_out) == (10, 6)
    assert found.alerts[0].date == "2026-06-14"


def test_monotony_and_strain_of_fosters_week() -> None:
    loads = (5.0, 15.0, 20.0, 20.0, 20.0, 25.0, 35.0)
    found = report([row(6 - day, histogram={170: 36.0 * load}) for day, load in enumerate(loads)]).variation
    assert found is not None
    assert (found.start_date, found.end_date, found.reason) == ("2026-06-24", "2026-06-30", None)
    assert found.monotony == pytest.approx(2.366, abs=5e-4)
    assert found.strain == pytest.approx(331.3, abs=0.05)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (daily(6), "there are fewer than 7 days of history"),
        (daily(7), "the days are all alike"),
        ([*daily(8)[1:], row(3, id="silent", histogram=None), row(0, histogram={150: 60.0})],
            "1 activities of these days have an unknown load"),
    ],
    ids=["short history", "all alike", "an unknown load"],
)  # fmt: skip
def test_monotony_is_null_with_a_reason(rows: list[LoadRow], reason: str) -> None:
    found = report(rows).variation
    assert found is not None
    assert (found.monotony, found.strain, found.reason) == (None, None, reason)


def test_three_workload_ratios_are_context_and_never_an_alert() -> None:
    rows = [row(days_ago, histogram={170: 3600.0 if days_ago < 7 else 1800.0}) for days_ago in range(28)]
    found = report(rows)
    ratios = found.workload_ratio
    assert ratios is not None
    assert [ratios.coupled_7_28, ratios.uncoupled_7_21] == [pytest.approx(1.6), pytest.approx(2.0)]
    assert ratios.weighted == pytest.approx(1.3394, abs=5e-5)
    assert ratios.note == "context only: no evidence that it predicts injury, never a reason to change a plan"
    assert found.alerts == ()


def test_before_day_28_there_is_no_workload_ratio() -> None:
    ratios = report(daily(27)).workload_ratio
    assert ratios is not None
    assert (ratios.coupled_7_28, ratios.uncoupled_7_21, ratios.weighted) == (None, None, None)
    assert ratios.reason == "there are fewer than 28 days of history, or no load in them"


def test_power_is_a_unit_of_its_own() -> None:
    ride = row(0, id="ride", sport_type="Ride", moving_time_s=7200.0, normalized_power_w=200.0, histogram=None)
    powered_run = row(1, id="run with power", normalized_power_w=300.0)
    found = report([ride, powered_run], ftp_w=250)
    assert [found.power.tss, found.power.activities] == [pytest.approx(128), 1]
    assert found.total.load == pytest.approx(100)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(0)], "no ride has power"),
        ([row(0, sport_type="Ride", normalized_power_w=200.0)], "the threshold power is not known"),
    ],
    ids=["no ride", "no threshold"],
)
def test_without_power_or_threshold_there_is_no_tss(rows: list[LoadRow], reason: str) -> None:
    assert (report(rows).power.tss, report(rows).power.reason) == (None, reason)


def test_the_distribution_is_of_samples_alone() -> None:
    easy, between, hard = {120: 8000.0}, {160: 500.0}, {175: 1500.0}
    rows = [row(0, histogram=easy), row(1, histogram=between), row(2, histogram=hard)]
    average = row(3, histogram=None, average_heartrate_bpm=120.0, heartrate_time_s=9000.0)
    found = report([*rows, average]).intensity
    assert (found.method, found.activities) == ("threshold_shares", 3)
    assert found.seconds == (8000.0, 500.0, 1500.0)
    assert found.shares == (0.8, 0.05, 0.15)
    assert found.polarisation_index == pytest.approx(2.380, abs=5e-4)


def test_without_a_threshold_the_distribution_is_by_shares_of_the_maximum() -> None:
    found = report([row(0)], lthr_bpm=None).intensity
    assert [found.method, found.lower_bounds_bpm] == ["max_shares", pytest.approx((0, 155.8, 167.2))]
    assert found.shares == (0.0, 0.0, 1.0)
    assert found.polarisation_index is None
    assert "defined where" in (found.reason or "")


def test_without_samples_or_settings_there_is_no_distribution() -> None:
    assert report([row(0, histogram=None)]).intensity.reason == "no activity has heart-rate samples"
    unknown = report([row(0)], lthr_bpm=None, max_heartrate_bpm=None).intensity
    assert unknown.reason == "neither threshold nor maximal heart rate is known"


def test_an_estimated_maximum_is_told_with_its_error() -> None:
    found = report(daily(2), max_heartrate_bpm=None, birth_year=1996)
    assert found.params.max_heartrate_bpm is not None
    assert found.params.max_heartrate_bpm.note == "estimate, ±10"
    assert "the maximal heart rate is an estimate from age, ±10 bpm: so is every load" in found.notes
    assert found.params.constants == "Banister a 0.64 b 1.92"


def test_settings_that_contradict_one_another_are_told() -> None:
    found = report(daily(2), lthr_bpm=195)
    conflict = "the threshold heart rate is not below the maximal heart rate: the threshold heart rate was not used"
    assert (found.method, conflict in found.notes) == ("TRIMP", True)


def test_a_short_history_is_said() -> None:
    note = "fewer than 42 days of history: fitness is still rising from its seed, the form alert is off"
    assert note in report(daily(41)).notes
    assert note not in report(daily(42)).notes


def test_nothing_recorded_is_an_answer_too() -> None:
    found = report([])
    assert (found.total.activities, found.total.load, found.form, found.alerts) == (0, None, None, ())
    assert found.spike_rule.statement == "there is no run to check"
    assert found.params.days_of_history == 30


def test_a_row_is_made_of_an_activity_and_its_findings() -> None:
    activity = run(0, time_weighted_heartrate=149.5, weighted_average_watts=None)
    made = LoadRow.of(activity, StreamFindings(heartrate_histogram_s={150: 60.0}, normalized_power_w=210.0))
    assert (made.local_date, made.weekday, made.distance_m) == (TODAY, "Tuesday", 10_000.0)
    assert (made.histogram, made.normalized_power_w) == ({150: 60.0}, 210.0)
    assert (made.average_heartrate_bpm, made.heartrate_time_s) == (149.5, 3600.0)
    bare = LoadRow.of(run(0, average_heartrate=None, heartrate_time=0.0, weighted_average_watts=220.0), None)
    assert (bare.histogram, bare.average_heartrate_bpm, bare.normalized_power_w) == (None, None, 220.0)


def test_the_answer_fits_into_a_small_context() -> None:
    found = report(daily(120))
    assert len(json.dumps(found.model_dump(mode="json"), separators=(",", ":"))) < 4500


@given(st.permutations(list(range(12))))
@hypothesis_settings(deadline=None, max_examples=20)
def test_the_order_of_the_activities_changes_nothing(order: list[int]) -> None:
    rows = [row(days_ago * 3, id=f"run-{days_ago}", histogram={150 + days_ago: 1800.0}) for days_ago in range(12)]
    shuffled = report([rows[index] for index in order])
    assert shuffled.model_dump() == report(rows).model_dump()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(60, 200), st.integers(1, 7200)), max_size=40))
@hypothesis_settings(deadline=None, max_examples=40)
def test_weeks_add_up_to_the_total(spread: list[tuple[int, int, int]]) -> None:
    rows = [
        row(days_ago, id=str(number), histogram={bpm: float(seconds)})
        for number, (days_ago, bpm, seconds) in enumerate(spread)
    ]
    found = report(rows)
    assert sum(each.activities for each in found.weeks) == (found.total.activities if found.weeks else 0)
    assert sum(each.load or 0.0 for each in found.weeks) == pytest.approx(found.total.load or 0.0)
