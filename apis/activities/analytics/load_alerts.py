"""The load rules that may raise an alert, with their wording: single-run spike, form, monotony. Nothing else may.

A rule that has too little history says that it cannot be applied. No rule ever says that something is safe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np

from apis.activities.analytics.rounding import FrozenAnswer, Rounded
from apis.activities.analytics.time_weighting import FloatArray
from apis.activities.analytics.training_load import (
    CHRONIC_DAYS,
    LONGEST_BEFORE_DAYS,
    SPIKE_FROM_RATIO,
    DistanceSpike,
    distance_spike,
)

LOW_FORM_TSB: Final = -25.0
LOW_FORM_DAYS: Final = 5
HIGH_MONOTONY: Final = 2.0

AlertKind = Literal["single_run_spike", "form", "monotony"]
Unchecked = Literal["too_little_history", "no_run_in_the_30_days_before", "no_distance"]


class Alert(FrozenAnswer):
    """One alert; `value` is the ratio of a spike, the TSB or the monotony. A spike has its two distances."""

    kind: AlertKind
    text: str
    value: Rounded
    hazard_ratio: Rounded | None = None
    distance_m: Rounded | None = None
    longest_before_m: Rounded | None = None
    activity_id: str | None = None
    date: str
    weekday: str


class SpikeRule(FrozenAnswer):
    """How far the single-run rule could be applied, and what it means for the next run.

    Attributes:
        runs: In the window.
        checked: Of these, compared with the longest run of the 30 days before.
        not_checked: The others by reason.
        longest_run_m: Longest run of the last 30 days, today included.
        spike_above_m: A run longer than this would be a spike; null with too little history.
        statement: What may be said of it.
    """

    runs: int
    checked: int
    not_checked: dict[Unchecked, int]
    longest_run_m: Rounded | None
    spike_above_m: Rounded | None
    statement: str


@dataclass(frozen=True)
class LoadedRun:
    """One run as the spike rule sees it."""

    activity_id: str
    local_date: date
    weekday: str
    distance_m: float | None


def check_spikes(
    runs: Sequence[LoadedRun], *, recorded_from: date | None, first_day: date, last_day: date
) -> tuple[SpikeRule, list[Alert]]:
    """Compares every run of the days asked about with the longest run of the 30 days before its own.

    Args:
        runs: All known runs, any order, also those before `first_day`.
        recorded_from: Local date of the athlete's first known activity; None without any.
        first_day: First day to check runs of.
        last_day: Last day to check runs of, today at the latest.
    """
    longest = _LongestByDay.of(runs)
    inside = sorted(
        (run for run in runs if first_day <= run.local_date <= last_day),
        key=lambda run: (run.local_date, run.activity_id),
    )
    alerts: list[Alert] = []
    not_checked: dict[Unchecked, int] = {}
    for run in inside:
        found = _compare(run, longest, recorded_from)
        if isinstance(found, str):
            not_checked[found] = not_checked.get(found, 0) + 1
        elif found.hazard_ratio is not None:
            alerts.append(_spike_alert(run, found))
    before_next = longest.before(last_day + timedelta(days=1))
    known = recorded_from is not None and (last_day - recorded_from).days + 1 >= LONGEST_BEFORE_DAYS
    return SpikeRule(
        runs=len(inside),
        checked=len(inside) - sum(not_checked.values()),
        not_checked=not_checked,
        longest_run_m=before_next or None,
        spike_above_m=before_next * SPIKE_FROM_RATIO if before_next and known else None,
        statement=_statement(len(inside), not_checked, len(alerts)),
    ), alerts


def form_alert(tsb: FloatArray, *, last_day: date) -> Alert | None:
    """An alert after five days in a row, up to the last, with a form below -25.

    Args:
        tsb: Of each day, hrTSS or TSS: the limit has no meaning in another unit. Fewer than 42 days say nothing.
        last_day: The day of the last value.
    """
    latest = tsb[-LOW_FORM_DAYS:]
    if tsb.size < CHRONIC_DAYS or not (latest < LOW_FORM_TSB).all():
        return None
    text = f"form (TSB) has been below {LOW_FORM_TSB:g} for {LOW_FORM_DAYS} days: consider easier days"
    return Alert(kind="form", text=text, value=float(latest[-1]), **_on(last_day))


def monotony_alert(monotony: float | None, *, last_day: date) -> Alert | None:
    """An alert where seven days were nearly alike."""
    if monotony is None or monotony <= HIGH_MONOTONY:
        return None
    text = f"little variation between days: the monotony of the last 7 days is above {HIGH_MONOTONY:g}"
    return Alert(kind="monotony", text=text, value=monotony, **_on(last_day))


@dataclass(frozen=True)
class _LongestByDay:
    """Longest run of each day from `start` on, metres; 0 on days without one."""

    start: date
    metres: FloatArray

    @classmethod
    def of(cls, runs: Sequence[LoadedRun]) -> "_LongestByDay":
        measured = [(run.local_date, run.distance_m) for run in runs if run.distance_m]
        if not measured:
            return cls(date.min, np.zeros(0))
        start = min(day for day, _ in measured)
        metres = np.zeros((max(day for day, _ in measured) - start).days + 1)
        for day, distance in measured:
            at = (day - start).days
            metres[at] = max(metres[at], distance)
        return cls(start, metres)

    def before(self, day: date) -> float:
        """Longest run of the 30 days before a day."""
        end = (day - self.start).days
        return float(self.metres[max(end - LONGEST_BEFORE_DAYS, 0) : max(end, 0)].max(initial=0.0))


def _compare(run: LoadedRun, longest: _LongestByDay, recorded_from: date | None) -> DistanceSpike | Unchecked:
    if not run.distance_m:
        return "no_distance"
    if recorded_from is None or (run.local_date - recorded_from).days < LONGEST_BEFORE_DAYS:
        return "too_little_history"
    return distance_spike(run.distance_m, longest.before(run.local_date)) or "no_run_in_the_30_days_before"


def _spike_alert(run: LoadedRun, spike: DistanceSpike) -> Alert:
    distance = run.distance_m or 0.0
    text = (
        f"a run {(spike.ratio - 1) * 100:.0f} % longer than the longest of the 30 days before; "
        "such runs were associated with more injuries"
    )
    return Alert(
        kind="single_run_spike",
        text=text,
        value=spike.ratio,
        hazard_ratio=spike.hazard_ratio,
        distance_m=distance,
        longest_before_m=distance / spike.ratio,
        activity_id=run.activity_id,
        date=run.local_date.isoformat(),
        weekday=run.weekday,
    )


def _statement(runs: int, not_checked: dict[Unchecked, int], spikes: int) -> str:
    if not runs:
        return "there is no run to check"
    checked = runs - sum(not_checked.values())
    parts = [f"{spikes} of {checked} runs were more than 10 % longer than the longest of the 30 days before"]
    parts += [_UNCHECKED[reason].format(count) for reason, count in not_checked.items()]
    return "; ".join(parts if checked else parts[1:])


_UNCHECKED: Final[dict[Unchecked, str]] = {
    "too_little_history": (
        "the rule cannot be applied to {}, with less than 30 days of history before: make runs longer in gradual steps"
    ),
    "no_run_in_the_30_days_before": (
        "the rule cannot be applied to {}, with no run in the 30 days before: begin again in gradual steps"
    ),
    "no_distance": "the rule cannot be applied to {} without a distance",
}


def _on(day: date) -> dict[str, str]:
    return {"date": day.isoformat(), "weekday": f"{day:%A}"}
