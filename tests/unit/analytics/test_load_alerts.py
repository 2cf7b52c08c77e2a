"""The rules of load that may alert, with their wording."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from apis.activities.analytics.load_alerts import (
    Alert,
    LoadedRun,
    SpikeRule,
    check_spikes,
    form_alert,
    monotony_alert,
)

TODAY = date(2026, 6, 30)


def ran(days_ago: int, kilometres: float | None) -> LoadedRun:
    day = TODAY - timedelta(days=days_ago)
    return LoadedRun(f"{days_ago}", day, f"{day:%A}", None if kilometres is None else kilometres * 1000)


def checked(runs: Sequence[LoadedRun], *, days: int = 30, recorded_days: int = 365) -> tuple[SpikeRule, list[Alert]]:
    return check_spikes(
        runs,
        recorded_from=TODAY - timedelta(days=recorded_days),
        first_day=TODAY - timedelta(days=days - 1),
        last_day=TODAY,
    )


def test_a_run_of_13_3_km_after_one_of_12_is_associated_with_more_injuries() -> None:
    rule, (alert,) = checked([ran(10, 12.0), ran(0, 13.3)], days=7)
    assert (alert.kind, alert.activity_id, alert.date, alert.weekday) == (
        "single_run_spike",
        "0",
        "2026-06-30",
        "Tuesday",
    )
    assert [alert.value, alert.hazard_ratio] == [pytest.approx(1.108, abs=5e-4), 1.64]
    assert alert.text == (
        "a run 11 % longer than the longest of the 30 days before; such runs were associated with more injuries"
    )
    assert [alert.distance_m, alert.longest_before_m] == [pytest.approx(13_300.0), pytest.approx(12_000.0)]
    assert rule.statement == "1 of 1 runs were more than 10 % longer than the longest of the 30 days before"


@pytest.mark.parametrize(("kilometres", "hazard"), [(13.3, 1.64), (16.0, 1.52), (25.0, 2.28)])
def test_the_hazard_ratio_is_that_of_the_cohort(kilometres: float, hazard: float) -> None:
    _, (alert,) = checked([ran(10, 12.0), ran(0, kilometres)], days=7)
    assert alert.hazard_ratio == hazard


def test_exactly_a_tenth_more_is_no_spike_and_is_not_called_safe() -> None:
    rule, alerts = checked([ran(10, 12.0), ran(0, 13.2)], days=7)
    assert alerts == []
    assert rule.statement == "0 of 1 runs were more than 10 % longer than the longest of the 30 days before"


def test_the_thirty_days_before_do_not_hold_the_day_itself_or_the_31st() -> None:
    assert len(checked([ran(30, 12.0), ran(0, 14.0)], days=7)[1]) == 1
    rule, alerts = checked([ran(31, 12.0), ran(0, 14.0)], days=7)
    assert (alerts, rule.not_checked) == ([], {"no_run_in_the_30_days_before": 1})
    same_day = [ran(5, 10.0), ran(0, 14.0), LoadedRun("second", TODAY, "Tuesday", 14_000.0)]
    assert len(checked(same_day, days=3)[1]) == 2


def test_runs_after_too_little_history_are_not_checked_and_not_called_safe() -> None:
    rule, alerts = checked([ran(5, 10.0), ran(0, 20.0)], recorded_days=29)
    assert alerts == []
    assert (rule.runs, rule.checked, rule.not_checked) == (2, 0, {"too_little_history": 2})
    assert rule.statement == (
        "the rule cannot be applied to 2, with less than 30 days of history before: make runs longer in gradual steps"
    )
    assert checked([ran(5, 10.0), ran(0, 20.0)], days=3, recorded_days=30)[0].checked == 1


def test_a_run_without_a_distance_is_not_checked() -> None:
    rule, _ = checked([ran(10, 12.0), ran(1, None), ran(0, 10.0)], days=7)
    assert (rule.runs, rule.checked, rule.not_checked) == (2, 1, {"no_distance": 1})
    assert rule.statement.endswith("; the rule cannot be applied to 1 without a distance")


def test_the_next_run_is_a_spike_above_a_tenth_more_than_the_longest() -> None:
    rule, _ = checked([ran(29, 18.0), ran(40, 30.0), ran(0, 10.0)])
    assert [rule.longest_run_m, rule.spike_above_m] == [18_000.0, pytest.approx(19_800)]
    assert checked([ran(0, 10.0)], recorded_days=28)[0].spike_above_m is None
    assert checked([ran(0, 10.0)], recorded_days=29)[0].spike_above_m == pytest.approx(11_000)
    assert checked([])[0].longest_run_m is None


def test_no_statement_calls_anything_safe() -> None:
    everything = [ran(45, 10.0), ran(10, 12.0), ran(9, None), ran(0, 13.3)]
    texts = [checked(everything, days=7)[0].statement, *(alert.text for alert in checked(everything)[1])]
    assert not [text for text in texts if "safe" in text.lower() or "you will" in text.lower()]


def test_five_days_of_low_form_are_an_alert() -> None:
    tsb = np.concatenate([np.zeros(40), np.full(5, -25.1)])
    alert = form_alert(tsb, last_day=TODAY)
    assert alert is not None
    assert (alert.kind, alert.value, alert.date) == ("form", -25.1, "2026-06-30")
    assert alert.text == "form (TSB) has been below -25 for 5 days: consider easier days"
    assert form_alert(np.concatenate([np.zeros(41), np.full(4, -25.1)]), last_day=TODAY) is None
    assert form_alert(np.full(45, -25.0), last_day=TODAY) is None


def test_form_of_fewer_than_42_days_is_of_the_seed_and_no_alert() -> None:
    assert form_alert(np.full(41, -40.0), last_day=TODAY) is None
    assert form_alert(np.full(42, -40.0), last_day=TODAY) is not None


def test_monotony_above_two_is_little_variation() -> None:
    alert = monotony_alert(2.366, last_day=TODAY)
    assert alert is not None
    assert (alert.kind, alert.value) == ("monotony", 2.366)
    assert alert.text == "little variation between days: the monotony of the last 7 days is above 2"
    assert monotony_alert(2.0, last_day=TODAY) is None
    assert monotony_alert(None, last_day=TODAY) is None
